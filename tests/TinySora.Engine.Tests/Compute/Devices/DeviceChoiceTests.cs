using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests.Compute.Devices;

public sealed class DeviceChoiceTests
{
    [Theory]
    [InlineData("auto", 4, 0, "cuda:0")]
    [InlineData("auto", 4, 3, "cuda:3")]
    [InlineData("cuda:auto", 4, 6, "cuda:2")]
    [InlineData(" CUDA:Auto ", 2, 1, "cuda:1")]
    [InlineData("cuda", 1, 5, "cuda:0")]
    [InlineData("cuda:0", 4, 3, "cuda:0")]
    [InlineData("auto", 0, 1, "cpu")]
    [InlineData("cpu", 4, 1, "cpu")]
    public void Each_process_of_a_machine_takes_the_next_GPU_if_none_is_named(string text, int gpus, int localRank, string expected) =>
        Assert.Equal(expected, DeviceChoice.Resolve(text, gpus, localRank).ToString());

    [Theory]
    [InlineData("cuda:auto", 0, "TinySora.Runtime.NoSuchGpu")]
    [InlineData("cuda", 0, "TinySora.Runtime.NoSuchGpu")]
    [InlineData("cuda:2", 2, "TinySora.Runtime.NoSuchGpu")]
    [InlineData("cuda:-1", 2, "TinySora.Runtime.UnknownDevice")]
    [InlineData("cuda:any", 2, "TinySora.Runtime.UnknownDevice")]
    public void A_missing_GPU_is_an_error(string text, int gpus, string id) =>
        Assert.Equal(id, Assert.Throws<TinySoraException>(() => DeviceChoice.Resolve(text, gpus, 1)).Id);

    [Fact]
    public void Local_ranks_are_counted_per_machine()
    {
        string[] machines = ["anna", "berta", "anna", "anna", "berta"];
        Assert.Equal([0, 0, 1, 2, 1], Enumerable.Range(0, machines.Length).Select(rank => ProcessGroup.LocalRankOf(machines, rank)));
    }
}
