using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Threads;

public sealed class EngineThreadTests
{
    [Fact]
    public async Task All_work_runs_on_one_thread_in_turn()
    {
        var running = 0;
        var threads = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => EngineThread.Run(() =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            Thread.Yield();
            Interlocked.Decrement(ref running);
            return Environment.CurrentManagedThreadId;
        }))));

        Assert.Single(threads.Distinct());
        Assert.NotEqual(Environment.CurrentManagedThreadId, threads[0]);
    }

    [Fact]
    public void Nested_work_runs_immediately() =>
        Assert.Equal(42, EngineThread.Run(() => EngineThread.Run(() => 42)));

    [Fact]
    public async Task Work_that_would_deadlock_is_refused_with_the_names_of_both()
    {
        var waiting = Task.Run(() => EngineThread.Run(() => Task.Run(Feed).GetAwaiter().GetResult()));
        var error = await Assert.ThrowsAsync<TinySoraException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal("TinySora.Internal.WaitsForItself", error.Id);
        Assert.StartsWith($"{nameof(EngineThreadTests)}.{nameof(Feed)} needs the engine thread", error.Message, StringComparison.Ordinal);
        var begun = $"{nameof(EngineThreadTests)}.{nameof(Work_that_would_deadlock_is_refused_with_the_names_of_both)} is running";
        Assert.Contains(begun, error.Message, StringComparison.Ordinal);
        Assert.Equal(1, EngineThread.Run(() => 1));
    }

    [Fact]
    public void Exceptions_keep_their_type_and_stack()
    {
        var error = Assert.Throws<InvalidOperationException>(() => EngineThread.Run(Fail));
        Assert.Contains(nameof(Fail), error.StackTrace, StringComparison.Ordinal);
        Assert.Equal(1, EngineThread.Run(() => 1));

        static void Fail() => throw new InvalidOperationException("no");
    }

    [Fact]
    public void Tensor_work_uses_the_reported_threads() =>
        Assert.Equal(EngineThread.ThreadCount(), EngineThread.Run(() => get_num_threads()));

    [Fact]
    public void Threads_match_the_free_cores_unless_the_environment_sets_them()
    {
        var before = Environment.GetEnvironmentVariable(EngineThread.ThreadsVariable);
        try
        {
            Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, "3");
            Assert.Equal((3, "set by TINYSORA_THREADS"), (EngineThread.ThreadCount(), EngineThread.GetThreadCountReason()));
            Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, "none");
            Assert.Equal("TinySora.Runtime.BadThreadCount", Assert.Throws<TinySoraException>(() => EngineThread.ThreadCount()).Id);
            Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, "");
            Assert.Equal(
                (FreeCores.Count, $"{FreeCores.Count} of {Environment.ProcessorCount} cores were free at startup"),
                (EngineThread.ThreadCount(), EngineThread.GetThreadCountReason()));
        }
        finally
        {
            Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, before);
        }
    }

    [Fact]
    public async Task Work_gets_its_callers_threads_and_other_work_keeps_its_own()
    {
        var own = EngineThread.Run(get_num_threads);
        await Task.Run(async () =>
        {
            EngineThread.FixedThreads = own + 1;
            Assert.Equal((own + 1, "as requested"), (EngineThread.ThreadCount(), EngineThread.GetThreadCountReason()));
            Assert.Equal((own + 1, own + 1), EngineThread.Run(() => (get_num_threads(), EngineThread.ThreadCount())));
            Assert.Equal(own + 1, await Task.Run(() => EngineThread.Run(get_num_threads)));
        });
        Assert.Null(EngineThread.FixedThreads);
        Assert.Equal(own, EngineThread.Run(get_num_threads));
    }

    [Fact]
    public async Task A_request_of_the_first_caller_does_not_affect_others()
    {
        var own = EngineThread.ThreadCount();
        await Task.Run(() =>
        {
            EngineThread.FixedThreads = own + 1;
            Assert.Equal(own + 1, EngineThread.Run(8, get_num_threads));
        });
        Assert.Equal(own, EngineThread.Run(8, get_num_threads));
    }

    [Fact]
    public void A_lane_that_failed_to_start_is_retried()
    {
        var before = Environment.GetEnvironmentVariable(EngineThread.ThreadsVariable);
        try
        {
            Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, "none");
            Assert.Equal("TinySora.Runtime.BadThreadCount", Assert.Throws<TinySoraException>(() => EngineThread.Run(9, () => 1)).Id);
            Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, "1");
            Assert.Equal(1, EngineThread.Run(9, get_num_threads));
        }
        finally
        {
            Environment.SetEnvironmentVariable(EngineThread.ThreadsVariable, before);
        }
    }

    [Theory]
    [InlineData("tpu")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("")]
    public void Unknown_device_is_refused(string device) => Assert.Equal(
        "TinySora.Runtime.UnknownDevice", Assert.Throws<TinySoraException>(() => DeviceChoice.Resolve(device)).Id);

    [Fact]
    public void A_missing_GPU_is_an_error_and_auto_takes_what_is_available()
    {
        var error = Assert.Throws<TinySoraException>(() => DeviceChoice.Resolve("cuda:99"));
        Assert.Equal("TinySora.Runtime.NoSuchGpu", error.Id);
        Assert.Equal(TorchSharp.DeviceType.CPU, DeviceChoice.Resolve("CPU").type);
        Assert.Equal(cuda.is_available(), DeviceChoice.Resolve("auto").type == TorchSharp.DeviceType.CUDA);
    }

    private static int Feed() => EngineThread.Run(() => 2);
}
