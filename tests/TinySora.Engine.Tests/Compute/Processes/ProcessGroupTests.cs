using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Processes;

/// <summary>Groups whose processes are threads, and groups that consist of this process only.</summary>
public sealed class ProcessGroupTests : IDisposable
{
    private readonly EnvironmentVariables variables = EnvironmentVariables.WithoutLauncher();

    [Fact]
    public void A_process_without_a_launcher_is_alone()
    {
        var group = ProcessGroup.Join();
        using var values = tensor(new float[] { 1, 2 });

        group.Sum(values);
        group.Broadcast(values);

        Assert.Equal([1, 2], values.data<float>().ToArray());
        Assert.Equal((true, 0, ""), (group.IsAlone, group.Rank, group.Library));
        Assert.Null(group.ShareOf(8));
        Assert.Equal(["text"], group.Gather("text"));
        Assert.Equal("text", group.BroadcastValue("text"));
        Assert.Null(group.BroadcastValue((string?)null));
        Assert.Equal(5, group.BroadcastValue(5));
    }

    [Fact]
    public void Processes_share_texts_of_different_lengths()
    {
        using var mpi = new ThreadedMpi();
        string[] texts = ["", "one", "größer"];
        var gathered = mpi.Run(3, rank =>
        {
            var group = new ProcessGroup(MpiLibrary.Start());
            var all = group.Gather(texts[rank]);
            Assert.Equal("first", group.BroadcastValue(rank == 0 ? "first" : null));
            Assert.Null(group.BroadcastValue(rank == 0 ? null : "other"));
            Assert.Equal(2.5, group.BroadcastValue(rank + 2.5));
            return all;
        });
        Assert.All(gathered, all => Assert.Equal(texts, all));
    }

    [Fact]
    public void Tensors_are_added_up_and_replaced_by_those_of_the_first_process()
    {
        using var mpi = new ThreadedMpi();
        mpi.Run(2, rank =>
        {
            var group = new ProcessGroup(MpiLibrary.Start());
            using var sum = arange(6, dtype: float32) * (rank + 1);
            group.Sum(sum);
            Assert.Equal([0, 3, 6, 9, 12, 15], sum.data<float>().ToArray());
            using var whole = tensor(new long[] { rank, 1L << 40 }) + rank;
            group.Broadcast(whole);
            Assert.Equal([0, 1L << 40], whole.data<long>().ToArray());
            return 0;
        });
    }

    [Fact]
    public void Rows_of_a_batch_are_collected_in_the_order_of_its_examples()
    {
        using var mpi = new ThreadedMpi("-DOPEN_MPI");
        var counts = mpi.Run(2, rank =>
        {
            var group = new ProcessGroup(MpiLibrary.Start());
            var share = group.ShareOf(5)!;
            using var rows = arange(10, dtype: int64).view(5, 2).narrow(0, share.First, share.Count);
            Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), share.GatherAll(rows).data<long>().ToArray());
            Assert.Equal("Open MPI", group.Library);
            return share.Count;
        });
        Assert.Equal(5, counts.Sum());
        Assert.All(counts, count => Assert.InRange(count, 2, 3));
    }

    /// <summary>Ranks on threads share a GPU if there is one, and NCCL requires one per rank.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Processes_without_their_own_GPUs_do_not_use_NCCL(bool hasLibrary)
    {
        using var mpi = new ThreadedMpi();
        variables.Set(NcclLibrary.LibraryVariable, hasLibrary ? null : "/missing/libnccl.so");
        var joined = mpi.Run(2, rank => NcclLibrary.Join(new ProcessGroup(MpiLibrary.Start()), 0));
        Assert.All(joined, Assert.Null);
    }

    [Fact]
    public void Others_learn_that_the_first_process_has_ended()
    {
        using var mpi = new ThreadedMpi();
        mpi.Run(3, rank =>
        {
            var group = new ProcessGroup(MpiLibrary.Start());
            if (rank > 0)
            {
                Assert.Null(group.BroadcastValue((string?)null));
                Assert.Null(group.BroadcastValue((string?)null));
            }

            group.Leave();
            return 0;
        });
    }

    [Fact]
    public void Monitors_of_all_processes_connect_and_leave()
    {
        Needs.Interfaces();
        using var mpi = new ThreadedMpi();
        var (said, console) = (new StringWriter(), Console.Error);
        Console.SetError(said);
        try
        {
            mpi.Run(3, rank =>
            {
                var group = new ProcessGroup(MpiLibrary.Start());
                using var monitor = ProcessMonitor.Start(group);
                monitor.RecordCall(isPatient: false);
                group.Gather("all have joined");
                return 0;
            });
        }
        finally
        {
            Console.SetError(console);
        }

        Assert.Equal("", said.ToString());
    }

    [Fact]
    public void The_library_of_another_launcher_is_an_error()
    {
        using var mpi = new ThreadedMpi();
        variables.Set("PMI_RANK", "1").Set("PMI_SIZE", "2");
        var error = Assert.Throws<TinySoraException>(new ProcessGroup(MpiLibrary.Start()).CheckLauncher);
        Assert.Equal("TinySora.Process.OtherMpi", error.Id);
        Assert.Contains("MPICH", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("1e9")]
    public void A_time_limit_that_is_not_a_number_of_seconds_is_an_error(string limit)
    {
        variables.Set(ProcessMonitor.LimitVariable, limit);
        var error = Assert.Throws<TinySoraException>(() => ProcessMonitor.LimitJoining());
        Assert.Equal(("TinySora.Process.BadProcessLimit", limit), (error.Id, error.Target));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2.5")]
    public void A_time_limit_may_be_set(string limit)
    {
        variables.Set(ProcessMonitor.LimitVariable, limit);
        using var timer = ProcessMonitor.LimitJoining();
        Assert.NotNull(timer);
    }

    public void Dispose() => variables.Dispose();
}
