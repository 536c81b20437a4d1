using System.Runtime.CompilerServices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Installation;
using TinySora.Engine.Runs.Queue;
using Xunit.Sdk;
using Xunit.v3;

// The default random generator and libtorch's threads are shared by the whole process: tests that seed the former or use the latter
// must not run simultaneously.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace TinySora.Engine.Tests;

internal static class OneThread
{
    /// <summary>Runs are compared bit for bit, and models this small gain nothing from more threads.</summary>
    [ModuleInitializer]
    public static void Set()
    {
        Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, "1");

        // The user's installed libraries and queue are not under test.
        Environment.SetEnvironmentVariable(InstalledRuntime.FolderVariable, Path.Combine(Path.GetTempPath(), "tinysora-no-runtime"));

        Environment.SetEnvironmentVariable(QueueFolder.FolderVariable, Path.Combine(Path.GetTempPath(), "tinysora-no-queue"));

        // As in the cmdlets; tests also call tensors directly.
        EngineThread.Run(() => { });
    }
}
