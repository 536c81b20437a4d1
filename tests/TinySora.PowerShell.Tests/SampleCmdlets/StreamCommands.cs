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
        for (int i = 1; i <= Count; i++)
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

/// <summary>Writes to every stream.</summary>
[Cmdlet(VerbsCommunications.Send, "Message")]
public sealed class SendMessageCommand : PSCmdlet
{
    protected override void ProcessRecord()
    {
        WriteVerbose("in detail");
        WriteDebug("for developers");
        WriteWarning("careful");
        WriteInformation("for your information", ["sample"]);
        WriteProgress(new ProgressRecord(1, "Sending", "half way") { PercentComplete = 50, SecondsRemaining = 61 });
        ErrorRecord record = new(new InvalidDataException("The thing is broken."), "Sample.Thing.Broken", ErrorCategory.InvalidData, "thing.txt")
        {
            ErrorDetails = new ErrorDetails("The thing in thing.txt is broken.") { RecommendedAction = "Mend it with New-Thing." },
        };
        WriteError(record);
        WriteObject("done");
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
            Task.Run(() => WriteObject(1)).GetAwaiter().GetResult();
        }

        if (Number == 2)
        {
            ThrowTerminatingError(new ErrorRecord(new ArgumentException("Two is too much."), "Sample.Two", ErrorCategory.LimitsExceeded, Number));
        }

        WriteObject(Number);
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

    protected override void ProcessRecord()
    {
        WriteObject("waiting");
        source.Token.WaitHandle.WaitOne();
        File.WriteAllText(GetUnresolvedProviderPathFromPSPath(Path), $"stopping={Stopping}");
    }

    protected override void StopProcessing() => source.Cancel();

    public void Dispose() => source.Dispose();
}

/// <summary>Asks although nobody wanted to confirm.</summary>
[Cmdlet(VerbsCommon.Remove, "Thing", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveThingCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string[] Name { get; set; } = [];

    [Parameter]
    public SwitchParameter Ask { get; set; }

    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            if (ShouldProcess(name) && (!Ask || ShouldContinue($"Really {name}?", "Remove")))
            {
                WriteObject($"removed {name}");
            }
        }
    }
}

/// <summary>Writes objects to be shown.</summary>
[Cmdlet(VerbsCommon.Get, "Sample")]
public sealed class GetSampleCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateSet("Measured", "Described", "Wide", "Custom", "List", "Table")]
    public string Kind { get; set; } = "";

    protected override void ProcessRecord()
    {
        switch (Kind)
        {
            case "Measured":
                WriteObject(new Measured("ball", 1.234));
                WriteObject(new Measured("a very long name", 1200));
                break;
            case "Described":
                WriteObject(new Described("round"));
                break;
            case "Wide":
                WriteObject(new Wide(1, 2, 3, 4, 5, 6, 7));
                break;
            case "Custom":
                PSObject custom = new();
                custom.Properties.Add(new PSNoteProperty("Name", "ball"));
                custom.Properties.Add(new PSNoteProperty("Size", 3));
                WriteObject(custom);
                break;
            case "List":
                WriteObject(new[] { 1, 2, 3 }, enumerateCollection: false);
                break;
            case "Table":
                WriteObject(new System.Collections.Hashtable { ["Key"] = "value" });
                break;
        }
    }
}

/// <summary>Resolves paths as cmdlets do.</summary>
[Cmdlet(VerbsDiagnostic.Resolve, "File")]
public sealed class ResolveFileCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path")]
    [SupportsWildcards]
    public string Path { get; set; } = "";

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    public string LiteralPath { get; set; } = "";

    protected override void ProcessRecord()
    {
        if (ParameterSetName == "LiteralPath")
        {
            WriteObject(SessionState.Path.GetUnresolvedProviderPathFromPSPath(LiteralPath));
            return;
        }

        try
        {
            WriteObject(GetResolvedProviderPathFromPSPath(Path, out ProviderInfo provider), enumerateCollection: true);
            WriteVerbose(provider.Name);
        }
        catch (ItemNotFoundException e)
        {
            WriteError(e.ErrorRecord);
        }
    }
}

/// <summary>A module's initializer, as a loader has one.</summary>
public sealed class Initializer : IModuleAssemblyInitializer
{
    public static int Imports { get; private set; }

    public void OnImport() => Imports++;
}

/// <summary>Tells how often the module was initialized.</summary>
[Cmdlet(VerbsCommon.Get, "ImportCount")]
public sealed class GetImportCountCommand : Cmdlet
{
    protected override void ProcessRecord() => WriteObject(Initializer.Imports);
}
