using System.Runtime.CompilerServices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Installation;
using TinySora.Engine.Runs.Queue;

// The default random generator and libtorch's threads belong to the whole process: tests that seed the one or use the others
// cannot run beside each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace TinySora.Engine.Tests;

internal static class OneThread
{
    /// <summary>Runs are compared bit for bit, and models this small gain nothing from more.</summary>
    [ModuleInitializer]
    public static void Set()
    {
        Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, "1");

        // What this user has installed and queued is not what is tested.
        Environment.SetEnvironmentVariable(InstalledRuntime.FolderVariable, Path.Combine(Path.GetTempPath(), "tinysora-no-runtime"));

        Environment.SetEnvironmentVariable(QueueFolder.FolderVariable, Path.Combine(Path.GetTempPath(), "tinysora-no-queue"));

        // As the cmdlets do it: tests also call tensors directly.
        EngineThread.Run(() => { });
    }
}
