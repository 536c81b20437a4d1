using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Queued runs, each executed in a separate process.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class QueueTests : IDisposable
{
    private const string Variable = "TINYSORA_QUEUE";

    private readonly Workspace workspace = new();
    private readonly string? before = Environment.GetEnvironmentVariable(Variable);
    private readonly ShellSession session;

    public QueueTests()
    {
        Environment.SetEnvironmentVariable(Variable, Queue);
        session = workspace.Session();
        Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");
    }

    private string Queue => workspace.At("queue");

    public void Dispose()
    {
        session.Run("Get-TinySoraRun -Queue | Stop-TinySoraRun");
        WaitUntil(() => HasEnded() && IsDeleted());
        Environment.SetEnvironmentVariable(Variable, before);
        workspace.Dispose();
    }

    [Fact]
    public void Rows_of_a_table_are_queued_and_a_failing_one_does_not_block_the_others()
    {
        workspace.Write("runs.csv", """
            Preset,DataPath,ResultsPath,Set,MaxSteps,Seed,Note,Tag,ThreadCount
            tiny.yaml,,runs/one,trainer.train_lr=1e-3; trainer.save_model_every=1,2,,first,a,
            tiny.yaml,nowhere,runs/lost,,,,,,
            tiny.yaml,,runs/odd,,many,,,,
            tiny.yaml,,runs/wrong,no setting,,,,,
            tiny.yaml,,runs/two,,,5,,,1
            """);
        var queued = session.Run("Import-Csv runs.csv | Start-TinySoraTraining -Queue -SummaryPath summary.json");
        Assert.Equal(["TinySora.Input.BadValue", "TinySora.Input.BadValue"], queued.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal([At("one"), At("lost"), At("two")], queued.Values("ResultsPath"));
        Assert.Equal("Queued", queued.Values("State")[^1]);
        Assert.Equal([2, 3, 3], queued.Values("TotalSteps"));
        Assert.Equal(("first", "a"), (queued.Values("Note")[0], $"{queued.Values("Tags")[0]}"));

        var ended = Good("Get-TinySoraRun runs | Wait-TinySoraRun | Sort-Object ResultsPath");
        Assert.Equal(["Failed", "Completed", "Completed"], ended.Values("State"));
        Assert.Equal([0, 2, 3], ended.Values("Step"));
        Assert.Contains("nowhere", $"{ended.Values("Problem")[0]}", StringComparison.Ordinal);
        Assert.Equal([At("lost")], Good("Get-TinySoraRun runs | Where-Object NeedsAttention").Values("ResultsPath"));
        Assert.Contains("train_lr: 0.001", File.ReadAllText(Path.Combine(At("one"), "config.yaml")), StringComparison.Ordinal);
        Assert.Contains("\"step\": 3", File.ReadAllText(workspace.At("summary.json")), StringComparison.Ordinal);

        // The worker process ends with the last run, and rerunning the command has nothing to do.
        WaitUntil(HasEnded);
        Assert.Equal(["Completed", "Completed"], session.Run("Import-Csv runs.csv | Where-Object DataPath -ne nowhere | Start-TinySoraTraining -Queue").Values("State"));
        Assert.Equal(0, Entries());
    }

    /// <summary>The previous run's worker may have checked the queue for the last time without having ended.</summary>
    [Fact]
    public void Run_queued_while_the_previous_one_ends_is_started()
    {
        foreach (var name in new[] { "one", "two", "three" })
        {
            Good($"Start-TinySoraTraining tiny.yaml -MaxSteps 1 -ResultsPath runs/{name} -Queue");
            Assert.Equal("Completed", Assert.Single(Good($"Wait-TinySoraRun runs/{name} -Timeout 100").Values("State")));
        }
    }

    [Fact]
    public void Row_queued_before_the_pipeline_ends_is_started()
    {
        var rows = "'runs/one', 'runs/wrong', 'runs/two' | ForEach-Object { [pscustomobject]@{ ResultsPath = $_; Preset = $_ -like '*wrong' ? 'nowhere.yaml' : 'tiny.yaml' } }";
        Assert.NotEmpty(session.Run($"{rows} | Start-TinySoraTraining -MaxSteps 1 -Queue -ErrorAction Stop").Errors);
        Assert.Equal("Completed", Assert.Single(Good("Wait-TinySoraRun runs/one").Values("State")));
        Good($"{rows} | Start-TinySoraTraining -MaxSteps 2 -Queue | Select-Object -First 1");
        Assert.Equal(2, Assert.Single(Good("Wait-TinySoraRun runs/one").Values("Step")));
        Assert.False(Directory.Exists(At("two")));
    }

    [Fact]
    public void Unreadable_entry_is_reported_once_and_the_others_are_started()
    {
        var entry = Path.Combine(Directory.CreateDirectory(Queue).FullName, "0000000000000000001-strange.json");
        File.WriteAllText(entry, "{");
        var queued = Good("1, 2 | ForEach-Object { [pscustomobject]@{ ResultsPath = \"runs/$_\" } } | Start-TinySoraTraining tiny.yaml -MaxSteps 1 -Queue");
        Assert.Contains($"'{entry}'", Assert.Single(queued.Warnings), StringComparison.Ordinal);
        Assert.Contains("'strange'", Assert.Single(Good("Get-TinySoraRun -Queue").Warnings), StringComparison.Ordinal);

        Assert.Equal(["Completed", "Completed"], Good("Get-TinySoraRun runs | Wait-TinySoraRun").Values("State"));
        Assert.True(File.Exists(entry));
        File.Delete(entry);
        Assert.Empty(Good("Get-TinySoraRun -Queue").Warnings);
    }

    [Fact]
    public void Waiting_runs_are_moved_removed_and_distinguished_from_the_active_one()
    {
        Good("Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.train_num_steps' = 1000000 } -ResultsPath runs/long -Queue");
        Good("Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.seed' = 1, 2, 3 } -Queue");
        WaitUntil(() => Equals(Good("Get-TinySoraRun runs/long").Values("State")[0], "Running"));

        Assert.Equal([null, 1, 2, 3], Good("Get-TinySoraRun -Queue").Values("Position"));
        Good("Set-TinySoraRun runs/seed=3 -Position 1 -WhatIf");
        Assert.Equal(1, Assert.Single(Good("Set-TinySoraRun runs/seed=3 -Position 1 -PassThru").Values("Position")));
        Assert.Equal([At("long"), At("seed=3"), At("seed=1"), At("seed=2")], Good("Get-TinySoraRun -Queue").Values("ResultsPath"));
        workspace.Bad("Set-TinySoraRun runs/long -Position 1", "TinySora.Training.NotQueued", ErrorCategory.InvalidOperation);
        workspace.Bad("Suspend-TinySoraRun runs/seed=1", "TinySora.Training.NotLive", ErrorCategory.InvalidOperation);

        // The queue entry is enough to describe a run whose folder was removed.
        Directory.Move(At("seed=2"), workspace.At("removed"));
        Assert.Equal("Queued", Assert.Single(Good("Resume-TinySoraRun runs/seed=2 -PassThru").Values("State")));
        Directory.Move(workspace.At("removed"), At("seed=2"));
        Good("Stop-TinySoraRun runs/seed=1 -WhatIf");
        Assert.Equal("Cancelled", Assert.Single(Good("Stop-TinySoraRun runs/seed=1 -PassThru").Values("State")));
        Assert.False(Directory.Exists(At("seed=1")));
        Assert.Contains($"\"Queue a run of {workspace.At("tiny.yaml")}\"", Good("Start-TinySoraTraining tiny.yaml -Queue -WhatIf").Output, StringComparison.Ordinal);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Queue -KeepIf nowhere.csv", "TinySora.Evaluation.ExpectationsUnreadable", ErrorCategory.InvalidData);
        Assert.Equal([At("long"), At("seed=3"), At("seed=2")], Good("Get-TinySoraRun -Queue").Values("ResultsPath"));

        Assert.Equal("Cancelled", Assert.Single(Good("Stop-TinySoraRun runs/long -PassThru").Values("State")));
        Assert.DoesNotContain(At("long"), Good("Get-TinySoraRun -Queue").Values("ResultsPath"));
        Assert.Equal(["Completed", "Completed"], Good("Get-TinySoraRun runs/seed=* | Wait-TinySoraRun").Values("State"));
        Assert.True(File.GetLastWriteTimeUtc(Path.Combine(At("seed=3"), "status.json")) < File.GetLastWriteTimeUtc(Path.Combine(At("seed=2"), "status.json")));
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Queue -AsJob", "TinySora.Input.NotWithQueue", ErrorCategory.InvalidArgument);
        workspace.Bad(
            "Start-TinySoraTraining tiny.yaml -Queue -ResultsPath runs/long -Seed 8", "TinySora.Training.OtherConfiguration", ErrorCategory.ResourceExists);
    }

    [Fact]
    public void Queue_killed_at_random_moments_loses_nothing_and_repeats_nothing()
    {
        Needs.Proc();

        const int steps = 250; // enough that no kill hits a run that has just finished; both runs may be active at once
        Good($"Start-TinySoraTraining tiny.yaml {Settings()} -ResultsPath whole -ThreadCount 1");
        Good($"Start-TinySoraTraining tiny.yaml {Settings()} -ResultsPath runs/one -ThreadCount 1 -Queue");
        Good($"Start-TinySoraTraining tiny.yaml {Settings()} -ResultsPath runs/two -ThreadCount 1 -Queue");

        var random = new Random(4);
        for (var kill = 0; kill < 4; kill++)
        {
            var name = kill < 3 ? "one" : "two";
            var step = kill * 15;
            WaitUntil(() => StepOf(name) >= step || kill == 0);
            Thread.Sleep(random.Next(300));

            // Either the worker alone, whose run continues, or all processes.
            foreach (var process in Processes(kill % 2 == 0 ? "all" : ""))
            {
                process.Kill();
                process.WaitForExit();
            }

            Good("Get-TinySoraRun -Queue | Resume-TinySoraRun");
        }

        Assert.All(Good("Get-TinySoraRun runs | Wait-TinySoraRun").Values("State"), state => Assert.Equal("Completed", state));
        foreach (var name in (string[])["one", "two"])
        {
            var path = Path.Combine(At(name), "metrics.jsonl");
            Assert.Equal(Enumerable.Range(1, steps), File.ReadLines(path).Select(line => (int)JsonNode.Parse(line)!["step"]!));
            Assert.Equal(Losses(workspace.At("whole", "metrics.jsonl")), Losses(path));
        }

        static string Settings() => $"-Set @{{ 'trainer.train_num_steps' = {steps}; 'trainer.save_model_every' = 2 }}";

        static IEnumerable<string> Losses(string path) => File.ReadLines(path).Select(line => JsonNode.Parse(line)!["loss"]!.ToJsonString());
    }

    [Fact]
    public void Run_whose_process_is_killed_fails_and_the_next_is_started()
    {
        Needs.Proc();

        Good("Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.train_num_steps' = 1000000 } -ResultsPath runs/long -Queue");
        Good("Start-TinySoraTraining tiny.yaml -ResultsPath runs/next -Queue");
        WaitUntil(() => StepOf("long") > 0);
        Assert.Single(Processes(""), process => Processes("all").All(other => other.Id != process.Id)).Kill();

        Assert.Equal("Completed", Assert.Single(Good("Wait-TinySoraRun runs/next").Values("State")));
        var died = Good("Get-TinySoraRun runs/long");
        Assert.Equal(("Failed", true), (died.Values("State")[0], died.Values("NeedsAttention")[0]));
        Assert.Contains("exited with code 137", $"{died.Values("Problem")[0]}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notification_address_receives_the_end_of_a_queued_run()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        Good($"Start-TinySoraTraining tiny.yaml -MaxSteps 1 -Queue -NotifyOn Ended -NotifyUri {address}");

        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var (request, buffer) = ("", new byte[4096]);
        while (!request.Contains('}', StringComparison.Ordinal))
        {
            request += Encoding.UTF8.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken));
        }

        await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Contains("\"stopped_because\":\"Completed\"", request, StringComparison.Ordinal);
        Assert.Equal("Completed", Assert.Single(Good("Wait-TinySoraRun").Values("State")));
    }

    [Fact]
    public void Table_without_a_queue_is_trained_row_by_row()
    {
        workspace.Write("runs.csv", "Config,ResultsPath,Set,MaxSteps\ntiny.yaml,one,,1\ntiny.yaml,two,trainer.train_lr=1e-3,\n");
        Assert.Equal([1, 3], Good("Import-Csv runs.csv | Start-TinySoraTraining").Values("Step"));
        Assert.Equal([workspace.At("one"), workspace.At("two")], Good("Get-TinySoraRun .").Values("ResultsPath"));

        // Rows with events as hashtables, and rows without a note as objects that have no such property.
        Assert.Equal(2, Assert.Single(Good("@{ Preset = 'tiny.yaml'; ResultsPath = 'three'; MaxSteps = 2; Set = @{ 'trainer.seed' = 4 } } | Start-TinySoraTraining").Values("Step")));
        Assert.Equal(2, Assert.Single(Good("@{ ResultsPath = 'four'; MaxSteps = 2 } | Start-TinySoraTraining tiny.yaml").Values("Step")));
        workspace.Bad("@{ ResultsPath = 'five'; MaxSteps = 'many' } | Start-TinySoraTraining tiny.yaml", "TinySora.Input.BadValue", ErrorCategory.InvalidArgument);
        Assert.Equal(3, Assert.Single(Good("Get-TinySoraRun one | Start-TinySoraTraining tiny.yaml").Values("Step")));
    }

    private string At(string run) => workspace.At("runs", run);

    private bool HasEnded() => Entries() == 0 && Processes("").Count == 0;

    /// <summary>Windows does not delete a folder that is a process's current directory.</summary>
    private bool IsDeleted()
    {
        try
        {
            if (Directory.Exists(Queue))
            {
                Directory.Delete(Queue, recursive: true);
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private int Entries() => Directory.Exists(Queue) ? Directory.GetFiles(Queue, "*.json").Length : 0;

    private int StepOf(string run) =>
        workspace.Names(Path.Combine("runs", run), "metrics.jsonl").Length == 0 ? 0 : File.ReadLines(Path.Combine(At(run), "metrics.jsonl")).Count();

    /// <summary>Lists the processes of this queue whose task has this prefix.</summary>
    private List<Process> Processes(string task)
    {
        return !OperatingSystem.IsLinux() ? [] : [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
            .Where(name => EnvironmentOf(name!) is var words && words.Contains($"{Variable}={Queue}")
                && words.Any(word => word.StartsWith($"TINYSORA_QUEUED={task}", StringComparison.Ordinal)))
            .Select(name => Process.GetProcessById(int.Parse(name!)))];

        static string[] EnvironmentOf(string process)
        {
            try
            {
                return File.ReadAllText($"/proc/{process}/environ").Split('\0');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return [];
            }
        }
    }

    private static void WaitUntil(Func<bool> condition)
    {
        for (var look = 0; !condition(); look++)
        {
            Assert.True(look < 1500, "It does not come.");
            Thread.Sleep(100);
        }
    }

    private ShellRun Good(string pipeline)
    {
        var run = session.Run(pipeline);
        Assert.True(run.Succeeded, run.ErrorOutput);
        return run;
    }
}
