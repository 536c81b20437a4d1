using System.Diagnostics;
using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Processes;

/// <summary>Tests with a library that implements NCCL's interface in the memory of one process.</summary>
public sealed class NcclLibraryTests : IDisposable
{
    private const int Count = 3;

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Sum_gives_all_ranks_the_sum()
    {
        var library = Library();
        var tensors = Enumerable.Range(0, Count).Select(rank => arange(1000, dtype: float32) * (rank + 1)).ToList();

        Together(library, (nccl, rank) => nccl.Sum(tensors[rank]));

        Assert.All(tensors, tensor => Assert.True(allclose(tensor, arange(1000, dtype: float32) * 6)));
    }

    [Fact]
    public void Broadcast_gives_all_ranks_the_first_ones_values()
    {
        var library = Library();
        var tensors = Enumerable.Range(0, Count).Select(rank => full([77], rank + 5L, dtype: int64)).ToList();

        Together(library, (nccl, rank) => nccl.Broadcast(tensors[rank]));

        Assert.All(tensors, tensor => Assert.Equal(77 * 5, tensor.sum().item<long>()));
    }

    [Fact]
    public void A_failed_call_reports_the_librarys_message()
    {
        var library = Library();

        var error = Assert.Throws<TinySoraException>(() => new NcclLibrary(library, default, 0, 1));

        Assert.Equal("TinySora.Process.NcclFailed", error.Id);
        Assert.Contains("invalid argument", error.Message);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Runs each rank on a thread instead of in a process.</summary>
    private static void Together(nint library, Action<NcclLibrary, int> work)
    {
        var id = NcclLibrary.NewId(library);
        var failures = new Exception?[Count];
        var threads = Enumerable.Range(0, Count).Select(rank => new Thread(() =>
        {
            try
            {
                work(new NcclLibrary(library, id, rank, Count), rank);
            }
            catch (Exception e)
            {
                failures[rank] = e;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => Assert.True(thread.Join(TimeSpan.FromMinutes(1))));
        Assert.All(failures, Assert.Null);
    }

    private nint Library()
    {
        Needs.Program("gcc");
        var file = folder.File("libnccl.so.2");
        using var compiler = Process.Start(
            "gcc", ["-shared", "-fPIC", "-pthread", "-o", file, Repository.At("tests/TinySora.Engine.Tests/Compute/Processes/nccl.c")]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return NativeLibrary.Load(file);
    }
}
