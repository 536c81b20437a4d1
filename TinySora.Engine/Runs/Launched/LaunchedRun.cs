using System.Diagnostics;
using System.IO.Pipes;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Launched;

/// <summary>
/// Trains in several processes on this machine. Each process receives the request through a pipe, and the first process reports through its pipe.
/// </summary>
public sealed class LaunchedRun
{
    private const PipeOptions Options = PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly;

    /// <summary>Maximum number of characters of the launcher's output that an error quotes, because launchers can print a lot.</summary>
    private const int MaxCharacters = 2000;

    private readonly int processes;
    private readonly ProcessStartInfo program;

    /// <param name="program">Function that returns how to start a program that calls <see cref="LaunchedProcess.Run"/>.</param>
    /// <exception cref="TinySoraException">LaunchedAlready, NoLauncher, and errors from <paramref name="program"/>.</exception>
    public LaunchedRun(int processes, Func<ProcessStartInfo> program)
    {
        if (MpiLaunch.IsActive)
        {
            throw ProcessErrors.LaunchedAlready();
        }

        MpiLauncher.Find();
        (this.processes, this.program) = (processes, program());
    }

    /// <summary>Trains a request in the processes and returns the same result as a <c>TrainingSession</c> in one process.</summary>
    /// <exception cref="TinySoraException">NoLauncher, EndedBeforeTheRun, NoRank, and errors of the run.</exception>
    /// <exception cref="OperationCanceledException">The run was canceled before there was anything to save.</exception>
    public TrainingResult Run(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellation)
    {
        observer.Starting($"starting {processes} processes");
        var name = LaunchedProcess.NewPipe();
        program.Environment[LaunchedProcess.PipeVariable] = name;
        var pipes = Enumerable.Range(0, processes)
            .Select(_ => new NamedPipeServerStream(name, PipeDirection.InOut, processes, PipeTransmissionMode.Byte, Options)).ToList();
        using var launcher = MpiLauncher.Start(processes, program);
        using var ended = new CancellationTokenSource();
        var hearer = new MessageReceiver(observer);
        try
        {
            var serving = pipes.Select(pipe => Serve(pipe, RunJson.Write(request), hearer, cancellation, ended.Token)).ToArray();
            using var earlyEnd = cancellation.Register(() =>
            {
                if (!hearer.IsConnected)
                {
                    launcher.Kill(entireProcessTree: true);
                }
            });
            var output = launcher.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var said = launcher.StandardError.ReadToEnd() + output.Result;
            launcher.WaitForExit();
            ended.Cancel();
            Task.WaitAll(serving, CancellationToken.None);
            return hearer.Last switch
            {
                { Result: TrainingResult result } => result,
                { Failure: RunAnswer.Refusal failure } => throw failure.ToException(),
                { IsCancelled: true } => throw new OperationCanceledException(),
                _ when cancellation.IsCancellationRequested => throw new OperationCanceledException(),
                _ => throw ProcessErrors.EndedBeforeTheRun(processes, launcher.ExitCode, LastOf(said.Trim())),
            };
        }
        finally
        {
            pipes.ForEach(pipe => pipe.Dispose());
            if (!launcher.HasExited)
            {
                launcher.Kill(entireProcessTree: true);
            }
        }
    }

    private static string LastOf(string said) => said[Math.Max(0, said.Length - MaxCharacters)..];

    /// <summary>Sends the request to the next process that connects, and receives its reports.</summary>
    /// <param name="ended">Canceled when no more processes will connect.</param>
    private static async Task Serve(
        NamedPipeServerStream pipe, string request, MessageReceiver hearer, CancellationToken cancellation, CancellationToken ended)
    {
        try
        {
            await pipe.WaitForConnectionAsync(ended);
            hearer.IsConnected = true;
            using var writer = new StreamWriter(pipe, leaveOpen: true) { AutoFlush = true };
            using var reader = new StreamReader(pipe, leaveOpen: true);
            await writer.WriteLineAsync(request);
            using var order = cancellation.Register(() => Task.Run(() => writer.WriteLine(), CancellationToken.None));
            while (await reader.ReadLineAsync(CancellationToken.None) is string line)
            {
                hearer.Receive(RunJson.Read<RunMessage>(line));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The process has ended or never connected; its last message or the launcher's output explains why.
        }
    }

    private sealed class MessageReceiver(ITrainingObserver observer)
    {
        /// <summary>Whether a process has connected.</summary>
        public volatile bool IsConnected;

        public RunMessage? Last { get; private set; }

        public void Receive(RunMessage news)
        {
            Last = news;
            switch (news)
            {
                case { Starting: string what }:
                    observer.Starting(what);
                    break;
                case { Progress: TrainingProgress progress }:
                    observer.Progress(progress);
                    break;
                case { Step: TrainingStep step }:
                    observer.StepCompleted(step with { Checkpoint = news.Checkpoint, Sample = news.Sample });
                    break;
                case { Announcement: string text }:
                    observer.Announce(text);
                    break;
                case { Message: string text }:
                    observer.Message(text);
                    break;
                case { Warning: string text }:
                    observer.Warning(text);
                    break;
                case { Event: RunEvent what }:
                    observer.EventRaised(what);
                    break;
            }
        }
    }
}
