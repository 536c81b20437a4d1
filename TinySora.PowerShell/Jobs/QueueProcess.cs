using System.Diagnostics;
using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Runs.Launched;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>
/// Manages the processes of the queue: one that starts the queued runs, independently of any terminal session, and one for each run that has started.
/// </summary>
internal static class QueueProcess
{
    /// <summary>Environment variable with the task of this process: the ID of a queued run, or <see cref="Server"/>.</summary>
    private const string Variable = "TINYSORA_QUEUED";

    private const string Server = "all";

    /// <summary>Maximum number of characters to keep from the end of the output of a run's process.</summary>
    private const int MaxCharacters = 2000;

    /// <summary>Maximum time that a new process needs to start serving the queue, or that a serving process needs to end.</summary>
    private static readonly TimeSpan LongestChange = TimeSpan.FromSeconds(20);

    private static Process? s_server;

    private static string? Task => Environment.GetEnvironmentVariable(Variable);

    /// <summary>Whether this process was started for the queue.</summary>
    public static bool IsQueueProcess => !string.IsNullOrEmpty(Task);

    /// <summary>Performs the task for which this process was started.</summary>
    public static void Run(PipelineWriter writer, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, EngineThread.Stopping);
        if (Task == Server)
        {
            LeaveTerminal();
            new QueueWorker(QueueFolder.Mine, Start).Run(end.Token);
        }
        else
        {
            QueuedJob.Run(QueueFolder.Mine, Task!, run => Train(run, writer, end.Token), end.Token);
        }
    }

    /// <summary>Starts the process that serves the queue, unless one is running.</summary>
    /// <exception cref="TinySoraException">NoQueueProcess.</exception>
    public static void Serve()
    {
        // If the process started here does not serve the queue, it is either about to serve or about to end. Wait for its end to find out which.
        for (var clock = Stopwatch.StartNew(); s_server is { HasExited: false } && !QueueFolder.Mine.IsServed && clock.Elapsed < LongestChange;)
        {
            Thread.Sleep(50);
        }

        if (QueueFolder.Mine.IsServed)
        {
            return;
        }

        s_server = Started(Server, null);

        // The process must not share this program's output streams, because readers of a stream wait until all processes that share it have ended.
        s_server.StandardInput.Close();
        s_server.StandardOutput.Close();
        s_server.StandardError.Close();
    }

    private static TrainingResult Train(QueuedRun run, PipelineWriter writer, CancellationToken cancellation)
    {
        TrainingResult? result = null;
        var work = new TrainingWork(
            [run.Request],
            (request, observer, stop) => result = run.Processes == 1
                ? TrainingSession.Run(request, observer, stop)
                : new LaunchedRun(run.Processes, () => ThisShell.Running("Start-TinySoraTraining")).Run(request, observer, stop),
            run.Request.ResultsPath!, writesSteps: false, run.SummaryPath)
        {
            Notifier = run.NotifyUri is null ? null : warn => new RunNotifier(run.NotifyUri, [.. run.NotifyOn], warn),
        };
        work.Run(writer, cancellation);
        return result!;
    }

    private static async Task<QueueWorker.JobEnd> Start(QueuedRun run)
    {
        using var process = Started(run.Id, run.Threads);
        process.StandardInput.Close();
        var said = await System.Threading.Tasks.Task.WhenAll(process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        var words = string.Concat(said).Trim();
        return new(process.ExitCode, words[Math.Max(0, words.Length - MaxCharacters)..]);
    }

    private static Process Started(string task, int? threads)
    {
        var program = ThisShell.Running("Start-TinySoraTraining" + (threads is int count ? FormattableString.Invariant($" -ThreadCount {count}") : ""));
        program.Environment[Variable] = task;
        program.Environment[QueueFolder.FolderVariable] = program.WorkingDirectory = QueueFolder.Mine.Folder;
        program.CreateNoWindow = true;
        program.RedirectStandardInput = program.RedirectStandardOutput = program.RedirectStandardError = true;
        try
        {
            // Check that the module exists, because without it the process would end immediately, every time it is started.
            using (File.OpenRead(ThisShell.Module))
            {
                return ProgramPath.Start(program);
            }
        }
        catch (Exception e) when (FileFailure.Is(e) || e is System.ComponentModel.Win32Exception)
        {
            throw InputErrors.NoQueueProcess(program.FileName, e);
        }
    }

    /// <summary>Detaches this process and its children from the terminal, so that neither Ctrl+C nor closing the terminal stops them.</summary>
    private static void LeaveTerminal()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = setsid();
        }
    }

    [DllImport("libc")]
    private static extern int setsid();
}
