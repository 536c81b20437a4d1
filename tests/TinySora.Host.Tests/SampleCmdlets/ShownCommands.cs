using System.Management.Automation;

namespace SampleCmdlets;

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
            WriteObject(GetResolvedProviderPathFromPSPath(Path, out var provider), enumerateCollection: true);
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
