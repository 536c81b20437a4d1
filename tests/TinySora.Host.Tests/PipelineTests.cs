using TinySora.Host;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>How objects flow, how pipelines end early, and what is put in order.</summary>
public sealed class PipelineTests
{
    [Fact]
    public void A_cmdlet_begins_processes_ends_and_is_disposed()
    {
        using Samples samples = new();
        samples.RunHere("Get-Number 2 -Log log.txt");
        Assert.Equal(["begin", "number 1", "number 2", "end", "dispose"], samples.Lines("log.txt"));
    }

    [Fact]
    public void A_pipeline_of_a_loaded_assembly_runs_in_one_call()
    {
        using Samples samples = new();
        samples.Write("a.csv", "Name\nball\n");
        var run = HostSession.Run(Samples.Assembly, "Import-Csv a.csv | New-Thing", samples.Folder);
        Assert.Equal(["ball"], run.Values("Name"));
    }

    [Fact]
    public void Enough_objects_end_what_stands_before_and_dispose_it()
    {
        using Samples samples = new();
        var run = samples.RunHere("Get-Number 1000 -Log log.txt | Select-Object -First 2");
        Assert.Equal([1, 2], run.Objects);
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(["begin", "number 1", "number 2", "dispose"], samples.Lines("log.txt"));
    }

    [Fact]
    public void What_stands_behind_still_ends()
    {
        var run = Samples.Run("Get-Number 1000 | Select-Object -First 2 | Sort-Object -Descending");
        Assert.Equal([2, 1], run.Objects);
    }

    [Fact]
    public void A_cmdlet_that_swallows_the_end_gets_nothing_more_through()
    {
        using Samples samples = new();
        var run = samples.RunHere("Get-Number 4 -Stubborn -Log log.txt | Select-Object -First 2");
        Assert.Equal([1, 2], run.Objects);
        Assert.Equal(3, samples.Lines("log.txt").Count(l => l == "caught"));
        Assert.DoesNotContain("end", samples.Lines("log.txt"));
    }

    [Fact]
    public void A_terminating_error_ends_the_pipeline_and_disposes()
    {
        using Samples samples = new();
        var run = samples.RunHere("Get-Number 5 -Log log.txt | Test-Failure");
        Assert.Equal([1], run.Objects);
        Assert.Equal("Sample.Two,SampleCmdlets.TestFailureCommand", Assert.Single(run.Errors).FullyQualifiedErrorId);
        Assert.Equal(ExitCode.Errors, run.ExitCode);
        Assert.Equal(["begin", "number 1", "number 2", "dispose"], samples.Lines("log.txt"));
    }

    [Fact]
    public void A_failure_behind_is_reported_once_even_when_swallowed_before()
    {
        var run = Samples.Run("Get-Number 5 -Stubborn | Test-Failure");
        Assert.Equal([1], run.Objects);
        Assert.Single(run.Errors);
    }

    [Fact]
    public void An_unforeseen_exception_becomes_an_error()
    {
        Assert.Equal("Something unforeseen.",
            Samples.Error("Test-Failure -Throw", "System.InvalidOperationException,SampleCmdlets.TestFailureCommand", ExitCode.Errors).Exception.Message);
    }

    [Fact]
    public void Writing_from_another_thread_is_refused() =>
        Samples.Error("Test-Failure -OtherThread", "InvalidOperation", ExitCode.Errors);

    [Fact]
    public void A_pipeline_that_was_cancelled_beforehand_runs_nothing()
    {
        using Samples samples = new();
        var run = samples.RunHere("Get-Number -Log log.txt", null, new CancellationToken(canceled: true));
        Assert.Equal(ExitCode.Interrupted, run.ExitCode);
        Assert.Empty(run.Objects);
        Assert.Equal(["dispose"], samples.Lines("log.txt"));
    }

    [Fact]
    public async Task A_stopped_cmdlet_finishes_its_work_first()
    {
        using Samples samples = new();
        using CancellationTokenSource source = new();
        var running = Task.Run(() => samples.RunHere("Wait-Stop stopped.txt | Export-Csv begun.csv", null, source.Token));
        while (!File.Exists(Path.Combine(samples.Folder, "begun.csv")) || new FileInfo(Path.Combine(samples.Folder, "begun.csv")).Length == 0)
        {
            await Task.Delay(5);
        }

        source.Cancel();
        Assert.Equal(ExitCode.Interrupted, (await running).ExitCode);
        Assert.Equal(["stopping=True"], samples.Lines("stopped.txt"));
    }

    [Fact]
    public void A_module_is_initialized_when_it_is_loaded() => Assert.True((int)Samples.Value("Get-ImportCount")! >= 1);
}
