using System.IO.Pipes;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Launched;

/// <summary>One of the processes started by a <see cref="LaunchedRun"/>.</summary>
public static class LaunchedProcess
{
    /// <summary>Environment variable with the name of the pipe to the parent process.</summary>
    internal const string PipeVariable = "TINYSORA_LAUNCHED";

    private static readonly TimeSpan LongestConnecting = TimeSpan.FromSeconds(30);

    private static string? Pipe => Environment.GetEnvironmentVariable(PipeVariable);

    /// <summary>Whether this process was started by a launched run.</summary>
    public static bool IsLaunched => !string.IsNullOrEmpty(Pipe);

    /// <summary>Returns a unique pipe name. It is short, because pipes are files on some systems, with paths limited to about 100 characters.</summary>
    internal static string NewPipe() => $"tinysora-{Guid.NewGuid():N}"[..24];

    /// <summary>Runs this process's part of the training. If the parent process ends, the run saves a checkpoint and ends.</summary>
    /// <exception cref="TinySoraException">A process other than the first has failed, which ends all processes.</exception>
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

        // The next line, or the end of the stream, is a request to stop.
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _ = reader.ReadLineAsync(CancellationToken.None).AsTask().ContinueWith(_ => stop.Cancel(), TaskScheduler.Default);
        using var teller = new PipeObserver(pipe);
        teller.Send(Outcome(request, teller, stop.Token));
    }

    private static RunMessage Outcome(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellation)
    {
        try
        {
            return MpiLaunch.IsActive
                ? new RunMessage { Result = TrainingSession.Run(request, observer, cancellation) } : throw ProcessErrors.NoRank(MpiLauncher.Find());
        }
        catch (OperationCanceledException)
        {
            return new RunMessage { IsCancelled = true };
        }
        catch (Exception e)
        {
            return new RunMessage { Failure = RunAnswer.Refusal.Of(RuntimeErrors.From(e)) };
        }
    }

    private sealed class PipeObserver(Stream pipe) : ITrainingObserver, IDisposable
    {
        private readonly StreamWriter writer = new(pipe, leaveOpen: true) { AutoFlush = true };

        public void Send(RunMessage news)
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
                // The parent process has disconnected, so the run will end.
            }
        }

        public void Starting(string what) => Send(new RunMessage { Starting = what });

        public void Progress(TrainingProgress progress) => Send(new RunMessage { Progress = progress });

        public void StepCompleted(TrainingStep step) => Send(new RunMessage { Step = step, Checkpoint = step.Checkpoint, Sample = step.Sample });

        public void Announce(string text) => Send(new RunMessage { Announcement = text });

        public void Message(string text) => Send(new RunMessage { Message = text });

        public void EventRaised(RunEvent what) => Send(new RunMessage { Event = what });

        public void Warning(string text) => Send(new RunMessage { Warning = text });

        public void Dispose() => writer.Dispose();
    }
}
