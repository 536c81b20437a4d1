using System.Diagnostics;
using System.IO.Pipes;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Runs.Launched;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Runs.Launched;

/// <summary>Runs whose launcher is a shell script, and whose processes are threads of this process.</summary>
public sealed class LaunchedRunTests : IDisposable
{
    private readonly TemporaryFolder folder;
    private readonly EnvironmentVariables variables;
    private readonly TrainingRequest request = new() { Config = TinyRun.Config, Note = "a note" };
    private readonly Recorder recorder = new();

    public LaunchedRunTests()
    {
        Needs.Unix("shell scripts");
        (folder, variables) = (new(), EnvironmentVariables.WithoutLauncher());
    }

    [Fact]
    public void Reports_of_the_first_process_reach_the_observer()
    {
        var step = new TrainingStep(3, 0.5, 0.01, 1.5, 8, TimeSpan.FromSeconds(2)) { Checkpoint = "a.safetensors", Sample = "a.gif" };
        var result = new TrainingResult("results", "a.safetensors", 3, 0.5, TimeSpan.FromSeconds(2), RunState.Completed, 6, 1, 0);

        var returned = Run((read, send) =>
        {
            Assert.Equal("a note", RunJson.Read<TrainingRequest>(read()!).Note);
            send(new RunMessage { Starting = "reading the clips" });
            send(new RunMessage { Progress = new TrainingProgress(3, 9, 0.5, 4, null, 0.01, null) });
            send(new RunMessage { Step = step, Checkpoint = step.Checkpoint, Sample = step.Sample });
            send(new RunMessage { Announcement = "announced" });
            send(new RunMessage { Message = "decided" });
            send(new RunMessage { Warning = "warned" });
            send(new RunMessage { Event = new RunEvent(RunEventKind.Ended, 3, "ended") });
            send(new RunMessage { Result = result });
        });

        Assert.Equal(result, returned);
        Assert.Equal(
            ["starting 1 processes", "reading the clips", "progress 3", "step 3 a.safetensors a.gif", "announced", "decided", "warned", "event ended"],
            recorder.Reports);
    }

    [Fact]
    public void An_error_of_the_first_process_is_thrown()
    {
        var failure = RunAnswer.Refusal.Of(ProcessErrors.OtherData(1));
        var error = Assert.Throws<TinySoraException>(() => Run((read, send) =>
        {
            read();
            send(new RunMessage { Failure = failure });
        }));
        Assert.Equal(("TinySora.Process.OtherData", failure.Message, failure.Advice), (error.Id, error.Message, error.Advice));
    }

    [Fact]
    public void A_run_that_was_canceled_before_anything_was_saved_is_canceled() =>
        Assert.Throws<OperationCanceledException>(() => Run((read, send) =>
        {
            read();
            send(new RunMessage { IsCancelled = true });
        }));

    [Fact]
    public void Processes_that_end_early_are_an_error_with_the_end_of_their_output()
    {
        Install($"#!/bin/sh\nhead -c 5000 /dev/zero | tr '\\0' x\necho cannot start >&2\necho the end\nexit 7\n");
        var error = Assert.Throws<TinySoraException>(() => New().Run(request, recorder, CancellationToken.None));
        Assert.Equal(("TinySora.Process.EndedBeforeTheRun", 7), (error.Id, error.Target));
        Assert.EndsWith("xxx" + "the end", error.Message.TrimEnd('.'), StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 2000, 2200);
    }

    [Fact]
    public async Task Canceling_before_a_process_connects_ends_the_launcher()
    {
        Install($"#!/bin/sh\necho started > {folder.File("started")}\nexec sleep 60\n");
        using var stop = new CancellationTokenSource();
        var stopping = Task.Run(() =>
        {
            Assert.True(SpinWait.SpinUntil(() => File.Exists(folder.File("started")), TimeSpan.FromSeconds(30)));
            stop.Cancel();
        }, TestContext.Current.CancellationToken);
        var clock = Stopwatch.StartNew();
        Assert.Throws<OperationCanceledException>(() => New().Run(request, recorder, stop.Token));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(50));
        await stopping;
    }

    [Fact]
    public void Canceling_a_run_stops_its_processes()
    {
        using var stop = new CancellationTokenSource();
        var result = Run((read, send) =>
        {
            read();
            stop.Cancel();
            Assert.Equal("", read());
            send(new RunMessage { Result = new TrainingResult("results", "", 0, 0, TimeSpan.Zero, RunState.Cancelled, 1, 0, 0) });
        }, stop.Token);
        Assert.Equal(RunState.Cancelled, result.StoppedBecause);
    }

    [Fact]
    public void A_launcher_that_sets_no_ranks_is_an_error()
    {
        var error = Assert.Throws<TinySoraException>(() => RunProcesses(name =>
        {
            variables.Set("TINYSORA_LAUNCHED", name);
            Assert.True(LaunchedProcess.IsLaunched);
            LaunchedProcess.Run(CancellationToken.None);
        }, CancellationToken.None));
        Assert.Equal(("TinySora.Process.NoRank", folder.File("bin", "mpiexec")), (error.Id, error.Target));
    }

    [Fact]
    public void A_missing_launcher_is_an_error()
    {
        variables.Set("PATH", folder.Path).Set("MSMPI_BIN", null);
        Assert.Equal("TinySora.Process.NoLauncher", Assert.Throws<TinySoraException>(New).Id);
    }

    [Fact]
    public void A_launched_process_does_not_launch_others()
    {
        Install("#!/bin/sh\n");
        variables.Set("PMI_RANK", "0").Set("PMI_SIZE", "2");
        Assert.Equal("TinySora.Process.LaunchedAlready", Assert.Throws<TinySoraException>(New).Id);
        Assert.False(LaunchedProcess.IsLaunched);
    }

    /// <summary>A launcher in a job would otherwise ask the scheduler for machines, and would count this process as one of its own.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("7")]
    public void Launcher_gets_threads_and_settings_but_no_variables_of_the_scheduler(string? threads)
    {
        Install("#!/bin/sh\nprintf '%s\\n' \"$*\"\necho $TINYSORA_THREADS $OMPI_ALLOW_RUN_AS_ROOT $PRTE_MCA_hwloc_default_binding_policy [$SLURM_JOB_ID$PMI_SIZE] $KEPT\n");
        variables.Set("SLURM_JOB_ID", "5").Set("PMI_SIZE", "1").Set("PRTE_MCA_hwloc_default_binding_policy", "core").Set("KEPT", "kept");
        variables.Set(EngineThread.ThreadsVariable, threads);
        const int count = 3;
        using var launcher = MpiLauncher.Start(count, new ProcessStartInfo("/program", ["an argument"]));
        var lines = launcher.StandardOutput.ReadToEnd().Split('\n');
        launcher.WaitForExit();
        Assert.Equal($"-n {count} /program an argument", lines[0]);
        Assert.Equal($"{threads ?? $"{Math.Max(1, Environment.ProcessorCount / count)}"} 1 core [] kept", lines[1]);
    }

    public void Dispose()
    {
        variables.Dispose();
        folder.Dispose();
    }

    private static LaunchedRun New() => new(1, () => new ProcessStartInfo("/program"));

    private TrainingResult Run(Action<Func<string?>, Action<RunMessage>> process, CancellationToken cancellation = default) => RunProcesses(name =>
    {
        using var pipe = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        pipe.Connect(TimeSpan.FromSeconds(30));
        using var reader = new StreamReader(pipe, leaveOpen: true);
        using var writer = new StreamWriter(pipe, leaveOpen: true) { AutoFlush = true };
        process(reader.ReadLine, message => writer.WriteLine(RunJson.Write(message)));
    }, cancellation);

    /// <summary>Runs a process, which receives the name of the pipe, while the launcher waits for its end.</summary>
    private TrainingResult RunProcesses(Action<string> process, CancellationToken cancellation)
    {
        var (pipe, done) = (folder.File("pipe"), folder.File("done"));
        Install($"#!/bin/sh\necho $TINYSORA_LAUNCHED > {pipe}.new && mv {pipe}.new {pipe}\nwhile [ ! -e {done} ]; do sleep 0.01; done\n");
        var working = Task.Run(() =>
        {
            try
            {
                Assert.True(SpinWait.SpinUntil(() => File.Exists(pipe), TimeSpan.FromSeconds(30)));
                process(File.ReadAllText(pipe).Trim());
            }
            finally
            {
                File.WriteAllText(done, "");
            }
        }, TestContext.Current.CancellationToken);
        try
        {
            return New().Run(request, recorder, cancellation);
        }
        finally
        {
            working.Wait(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Makes a script the launcher.</summary>
    private void Install(string script)
    {
        var file = folder.File("bin", "mpiexec");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        variables.Set("MSMPI_BIN", null).Set("PATH", $"{folder.File("bin")}:{Environment.GetEnvironmentVariable("PATH")}");
    }

    private sealed class Recorder : ITrainingObserver
    {
        public List<string> Reports { get; } = [];

        public void Starting(string what) => Reports.Add(what);

        public void Progress(TrainingProgress progress) => Reports.Add($"progress {progress.Step}");

        public void StepCompleted(TrainingStep step) => Reports.Add($"step {step.Step} {step.Checkpoint} {step.Sample}");

        public void Announce(string text) => Reports.Add(text);

        public void Message(string text) => Reports.Add(text);

        public void EventRaised(RunEvent what) => Reports.Add($"event {what.Message}");

        public void Warning(string text) => Reports.Add(text);
    }
}
