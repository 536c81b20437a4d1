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

/// <summary>The processes of the queue: one that serves it, which needs no session, and one for each run that has its turn.</summary>
internal static class QueueProcess
{
    /// <summary>The environment variable with what this process is for: the name of a run in the queue, or to serve it.</summary>
    private const string Variable = "TINYSORA_QUEUED";

    private const string Server = "all";

    /// <summary>What is kept of the last words of a run's process.</summary>
    private const int MostCharacters = 2000;

    /// <summary>The longest that a process which was started takes until it serves, or one that has served until it has ended.</summary>
    private static readonly TimeSpan LongestChange = TimeSpan.FromSeconds(20);

    private static Process? s_server;

    private static string? Task => Environment.GetEnvironmentVariable(Variable);

    /// <summary>Whether this process was started for the queue.</summary>
    public static bool IsThis => !string.IsNullOrEmpty(Task);

    /// <summary>Does what this process was started for.</summary>
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

    /// <summary>Starts the process that serves the queue, where none does.</summary>
    /// <exception cref="TinySoraException">NoProgram.</exception>
    public static void Serve()
    {
        // One that was started from here and does not serve is about to, or has looked its last and is about to end: which, only its end tells.
        for (var clock = Stopwatch.StartNew(); s_server is { HasExited: false } && !QueueFolder.Mine.IsServed && clock.Elapsed < LongestChange;)
        {
            Thread.Sleep(50);
        }

        if (QueueFolder.Mine.IsServed)
        {
            return;
        }

        s_server = Started(Server, null);

        // It says nothing, and whoever reads what this program writes waits for the end of all that could write there, too.
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
        return new(process.ExitCode, words[Math.Max(0, words.Length - MostCharacters)..]);
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
            // Without the module it would end at once, and as often as it is started.
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

    /// <summary>Neither Ctrl-C in the terminal in which something was queued nor that terminal's end concerns this process and those that it starts.</summary>
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
