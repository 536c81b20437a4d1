using System.IO.Pipes;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Orders;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Launched;

/// <summary>One of the processes that a <see cref="LaunchedRun"/> has started.</summary>
public static class LaunchedProcess
{
    /// <summary>The environment variable with the name of the pipe to whoever started this process.</summary>
    internal const string PipeVariable = "TINYSORA_LAUNCHED";

    private static readonly TimeSpan LongestConnecting = TimeSpan.FromSeconds(30);

    private static string? Pipe => Environment.GetEnvironmentVariable(PipeVariable);

    /// <summary>Whether this process was started by a launched run.</summary>
    public static bool IsThis => !string.IsNullOrEmpty(Pipe);

    /// <summary>A name that nobody else has. Where pipes are files their whole path has about a hundred characters.</summary>
    internal static string NewPipe() => $"tinysora-{Guid.NewGuid():N}"[..24];

    /// <summary>Does this process's part of the run. When the process that waits for it ends, so does the run, saved.</summary>
    /// <exception cref="TinySoraException">In any process but the first: its failures, which end all.</exception>
    public static void Run(CancellationToken cancellation)
    {
        using var pipe = new NamedPipeClientStream(".", Pipe!, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        pipe.Connect(LongestConnecting);
        using var reader = new StreamReader(pipe, leaveOpen: true);
        var request = RunJson.Read<TrainingRequest>(reader.ReadLine()!);
        if (MpiLaunch.IsFollower)
        {
            FollowingSession.Run(request);
            return;
        }

        // The next line is an order to stop, and so is the end of all lines.
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _ = reader.ReadLineAsync(CancellationToken.None).AsTask().ContinueWith(_ => stop.Cancel(), TaskScheduler.Default);
        using var teller = new Teller(pipe);
        teller.Tell(Outcome(request, teller, stop.Token));
    }

    private static RunNews Outcome(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellation)
    {
        try
        {
            return MpiLaunch.IsThere
                ? new RunNews { Result = TrainingSession.Run(request, observer, cancellation) } : throw ProcessErrors.NoRank(MpiLauncher.Find());
        }
        catch (OperationCanceledException)
        {
            return new RunNews { IsCancelled = true };
        }
        catch (Exception e)
        {
            return new RunNews { Failure = RunAnswer.Refusal.Of(RuntimeErrors.Of(e)) };
        }
    }

    private sealed class Teller(Stream pipe) : ITrainingObserver, IDisposable
    {
        private readonly StreamWriter writer = new(pipe, leaveOpen: true) { AutoFlush = true };

        public void Tell(RunNews news)
        {
            try
            {
                lock (writer)
                {
                    writer.WriteLine(RunJson.Write(news));
                }
            }
            catch (IOException)
            {
                // Nobody listens any more: the run is about to hear of it and ends.
            }
        }

        public void Starting(string what) => Tell(new RunNews { Starting = what });

        public void Progress(TrainingProgress progress) => Tell(new RunNews { Progress = progress });

        public void Stepped(TrainingStep step) => Tell(new RunNews { Step = step, Checkpoint = step.Checkpoint, Sample = step.Sample });

        public void Announce(string text) => Tell(new RunNews { Announcement = text });

        public void Message(string text) => Tell(new RunNews { Message = text });

        public void Happened(RunEvent what) => Tell(new RunNews { Event = what });

        public void Warning(string text) => Tell(new RunNews { Warning = text });

        public void Dispose() => writer.Dispose();
    }
}
