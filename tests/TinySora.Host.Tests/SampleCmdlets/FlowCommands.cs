using System.Management.Automation;

namespace SampleCmdlets;

/// <summary>Counts, and remembers whether it was disposed and how far it came.</summary>
[Cmdlet(VerbsCommon.Get, "Number")]
public sealed class GetNumberCommand : PSCmdlet, IDisposable
{
    [Parameter(Position = 0)]
    public int Count { get; set; } = 3;

    /// <summary>Receives a line for each thing that happens.</summary>
    [Parameter]
    public string? Log { get; set; }

    /// <summary>Catches everything that WriteObject throws, and goes on.</summary>
    [Parameter]
    public SwitchParameter Stubborn { get; set; }

    protected override void BeginProcessing() => Note("begin");

    protected override void ProcessRecord()
    {
        for (var i = 1; i <= Count; i++)
        {
            Note($"number {i}");
            try
            {
                WriteObject(i);
            }
            catch (Exception) when (Stubborn)
            {
                Note("caught");
            }
        }
    }

    protected override void EndProcessing() => Note("end");

    public void Dispose() => Note("dispose");

    private void Note(string text)
    {
        if (Log is not null)
        {
            File.AppendAllText(GetUnresolvedProviderPathFromPSPath(Log), text + "\n");
        }
    }
}

/// <summary>Fails in the ways that cmdlets fail.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Failure")]
public sealed class TestFailureCommand : PSCmdlet
{
    [Parameter(ValueFromPipeline = true)]
    public int Number { get; set; }

    [Parameter]
    public SwitchParameter Throw { get; set; }

    [Parameter]
    public SwitchParameter OtherThread { get; set; }

    protected override void ProcessRecord()
    {
        if (Throw)
        {
            throw new InvalidOperationException("Something unforeseen.");
        }

        if (OtherThread)
        {
            // A task that is waited for may run on the waiting thread; this one never does.
            Exception? failure = null;
            Thread other = new(() => failure = Catch(() => WriteObject(1)));
            other.Start();
            other.Join();
            throw failure ?? new InvalidOperationException("Nothing was thrown.");
        }

        if (Number == 2)
        {
            ThrowTerminatingError(new ErrorRecord(new ArgumentException("Two is too much."), "Sample.Two", ErrorCategory.LimitsExceeded, Number));
        }

        WriteObject(Number);
    }

    private static Exception? Catch(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}

/// <summary>Waits until it is stopped.</summary>
[Cmdlet(VerbsLifecycle.Wait, "Stop")]
public sealed class WaitStopCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource source = new();

    /// <summary>File that is written when everything is put in order.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string Path { get; set; } = "";

    /// <summary>Does not listen.</summary>
    [Parameter]
    public SwitchParameter Stubborn { get; set; }

    protected override void ProcessRecord()
    {
        WriteObject("waiting");
        source.Token.WaitHandle.WaitOne();
        File.WriteAllText(GetUnresolvedProviderPathFromPSPath(Path), $"stopping={Stopping}");
    }

    protected override void StopProcessing()
    {
        if (Stubborn)
        {
            Console.Error.WriteLine("heard");
            return;
        }

        source.Cancel();
    }

    public void Dispose() => source.Dispose();
}
