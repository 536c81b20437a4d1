using System.Diagnostics;
using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Processes;

namespace TinySora.Engine.Tests.Compute.Processes;

/// <summary>An MPI library whose ranks are threads of this process. It becomes the library that <see cref="MpiLibrary"/> finds.</summary>
internal sealed unsafe class ThreadedMpi : IDisposable
{
    private static readonly Dictionary<string, byte[]> Compiled = [];

    private readonly TemporaryFolder folder;
    private readonly EnvironmentVariables variables = new();
    private readonly delegate* unmanaged[Cdecl]<int, int, void> become;

    /// <param name="options">Options of the compiler, such as <c>-DOPEN_MPI</c>.</param>
    public ThreadedMpi(params string[] options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library is written for the linker of Linux.");
        Needs.Program("gcc");
        folder = new();
        var (file, key) = (folder.File("libmpi.so"), string.Join(' ', options));
        if (Compiled.TryGetValue(key, out var library))
        {
            // A copy, so that it is loaded again.
            File.WriteAllBytes(file, library);
        }
        else
        {
            Compile(file, options);
            Compiled[key] = File.ReadAllBytes(file);
        }

        variables.Set(MpiLaunch.LibraryVariable, file);
        become = (delegate* unmanaged[Cdecl]<int, int, void>)NativeLibrary.GetExport(NativeLibrary.Load(file), "test_become");
    }

    /// <summary>Runs the ranks at the same time, and returns their results in order.</summary>
    public T[] Run<T>(int count, Func<int, T> work)
    {
        var (results, failures) = (new T[count], new Exception?[count]);
        var threads = Enumerable.Range(0, count).Select(rank => new Thread(() =>
        {
            try
            {
                become(rank, count);
                results[rank] = work(rank);
            }
            catch (Exception e)
            {
                failures[rank] = e;
            }
        }) { IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());
        SpinWait.SpinUntil(() => threads.TrueForAll(thread => !thread.IsAlive) || failures.Any(e => e is not null), TimeSpan.FromMinutes(1));
        Assert.All(failures, Assert.Null);
        Assert.All(threads, thread => Assert.False(thread.IsAlive));
        return results;
    }

    public void Dispose()
    {
        variables.Dispose();
        folder.Dispose();
    }

    private static void Compile(string file, string[] options)
    {
        using var compiler = Process.Start("gcc",
        [
            "-shared", "-fPIC", "-pthread", "-Wl,-Bsymbolic", .. options, "-o", file, Repository.At("tests/TinySora.Engine.Tests/Compute/Processes/mpi.c"),
        ]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
    }
}
