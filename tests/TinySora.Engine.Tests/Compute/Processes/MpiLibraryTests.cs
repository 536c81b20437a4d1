using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests.Compute.Processes;

public sealed class MpiLibraryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly EnvironmentVariables variables = new();

    [Theory]
    [InlineData("MPICH")]
    [InlineData("Open MPI", "-DOPEN_MPI")]
    public void Handles_are_those_of_the_library(string name, params string[] options)
    {
        using var mpi = new ThreadedMpi(options);
        var sums = mpi.Run(3, rank =>
        {
            var library = MpiLibrary.Start();
            Assert.Equal((name, rank, 3), (library.Name, library.Rank, library.Count));
            float[] values = [rank, 10 * rank, 1];
            library.Sum(values);
            var all = new byte[6];
            library.Gather([(byte)rank, 7], all);
            Assert.Equal([0, 7, 1, 7, 2, 7], all);
            byte[] first = [(byte)(rank + 4)];
            library.Broadcast(first);
            Assert.Equal([4], first);
            library.End();
            return values;
        });
        Assert.All(sums, sum => Assert.Equal([3, 30, 3], sum));
    }

    [Fact]
    public void Waiting_for_a_broadcast_lets_the_caller_act()
    {
        using var mpi = new ThreadedMpi();
        var waits = mpi.Run(2, rank =>
        {
            var (library, count) = (MpiLibrary.Start(), 0);
            byte[] values = [(byte)(rank + 1)];
            library.Broadcast(values, () => count++);
            Assert.Equal([1], values);
            return count;
        });
        Assert.All(waits, count => Assert.True(count > 0));
    }

    [Fact]
    public void A_failed_start_reports_the_code_of_MPI()
    {
        using var mpi = new ThreadedMpi("-DINIT_RESULT=16");
        var error = Assert.Throws<TinySoraException>(MpiLibrary.Start);
        Assert.Equal("TinySora.Process.MpiFailed", error.Id);
        Assert.Contains("16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_does_not_exist_is_an_error_that_names_it()
    {
        variables.Set(MpiLaunch.LibraryVariable, folder.File("libabsent.so"));
        var error = Assert.Throws<TinySoraException>(MpiLibrary.Start);
        Assert.Equal("TinySora.Process.MpiMissing", error.Id);
        Assert.Contains("libabsent.so", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_without_the_interface_of_MPI_is_an_error_that_names_the_missing_function()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libc has another name here.");
        variables.Set(MpiLaunch.LibraryVariable, "libc.so.6");
        var error = Assert.Throws<TinySoraException>(MpiLibrary.Start);
        Assert.Equal("TinySora.Process.MpiMissing", error.Id);
        Assert.Contains("does not export MPI_Init_thread", error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        variables.Dispose();
        folder.Dispose();
    }
}
