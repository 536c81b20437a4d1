using System.Management.Automation;
using TinySora.Host.Language;

namespace TinySora.Host.Execution;

/// <summary>Commands through which objects flow one at a time, all on the calling thread.</summary>
internal sealed class Pipeline : IDisposable
{
    private readonly List<PipelineCommand> commands = [];
    private readonly int thread = Environment.CurrentManagedThreadId;
    private readonly Lock stopLock = new();
    private volatile bool stopping;
    private bool failed;
    private bool busy;
    private int firstLive;
    private StopUpstreamCommandsException? upstreamEnd;

    /// <summary>Creates the cmdlets and binds what was typed; nothing runs yet.</summary>
    /// <exception cref="RuntimeException">A command is unknown or its arguments do not fit.</exception>
    public Pipeline(HostSession session, IReadOnlyList<CommandLine> lines, string text, IHostStreams streams)
    {
        Streams = streams;
        try
        {
            foreach (var line in lines)
            {
                commands.Add(new PipelineCommand(this, session, line, text, commands.Count));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IHostStreams Streams { get; }

    /// <summary>The command whose code is running.</summary>
    public PipelineCommand? Current { get; set; }

    /// <summary>True once an error record was written.</summary>
    public bool HasErrors { get; set; }

    public bool IsStopping => stopping;

    public bool IsOnItsThread => Environment.CurrentManagedThreadId == thread;

    public int Run()
    {
        var isStopped = false;
        try
        {
            foreach (var command in commands)
            {
                Step(command, command.Begin);
            }

            Step(commands[0], commands[0].ProcessOnce);
            foreach (var command in commands)
            {
                Step(command, command.End);
            }
        }
        catch (PipelineStoppedException)
        {
            // Either it was stopped, or the failure is reported already.
            isStopped = !HasErrors && !failed;
        }

        Dispose();
        return stopping || isStopped ? ExitCode.Interrupted : busy ? ExitCode.Busy : HasErrors || failed ? ExitCode.Errors : ExitCode.Success;
    }

    /// <summary>Asks every running cmdlet to stop; may be called from any thread.</summary>
    public void Stop()
    {
        lock (stopLock)
        {
            if (stopping)
            {
                return;
            }

            stopping = true;
            foreach (var command in commands)
            {
                command.Stop();
            }
        }
    }

    /// <summary>Hands an object to the command after <paramref name="index"/>, or to the output.</summary>
    public void Pass(int index, object? value)
    {
        if (index + 1 < commands.Count)
        {
            commands[index + 1].Process(value);
        }
        else
        {
            Streams.Object(value);
        }
    }

    /// <summary>Reports the failure that ends the pipeline; only the first counts.</summary>
    public void Fail(ErrorRecord record)
    {
        if (!failed)
        {
            failed = true;
            busy = record.CategoryInfo.Category == ErrorCategory.ResourceBusy;
            Streams.Error(record);
        }
    }

    /// <summary>A command wants no more objects, so those before it get no more calls.</summary>
    public void StopBefore(int index, StopUpstreamCommandsException reason) => (firstLive, upstreamEnd) = (index, reason);

    /// <summary>Unwinds a command whose time is over, again if it swallowed the exception once.</summary>
    public void ThrowIfOverFor(int index)
    {
        if (stopping || failed)
        {
            throw new PipelineStoppedException();
        }

        if (index < firstLive)
        {
            throw upstreamEnd!;
        }
    }

    public void Dispose() => DisposeBefore(commands.Count);

    private void Step(PipelineCommand command, Action action)
    {
        if (command.Index < firstLive)
        {
            return;
        }

        try
        {
            action();
        }
        catch (StopUpstreamCommandsException)
        {
            // What stands before the requester ends here, and gives back its files and memory while the rest goes on.
            DisposeBefore(firstLive);
        }
    }

    private void DisposeBefore(int index)
    {
        foreach (var command in commands.Take(index))
        {
            command.Dispose();
        }
    }
}
