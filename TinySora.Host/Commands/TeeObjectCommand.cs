using System.Text;

namespace TinySora.Commands;

[Cmdlet("Tee", "Object", DefaultParameterSetName = "File")]
public sealed class TeeObjectCommand : PSCmdlet, IDisposable
{
    private readonly List<PSObject> objects = [];
    private PowerShell? shell;
    private SteppablePipeline? file;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "File")]
    [Alias("Path")]
    public string? FilePath { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "LiteralFile")]
    [Alias("PSPath", "LP")]
    public string? LiteralPath { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Variable")]
    public string? Variable { get; set; }

    [Parameter(ParameterSetName = "File")]
    [Parameter(ParameterSetName = "Variable")]
    public SwitchParameter Append { get; set; }

    [Parameter(ParameterSetName = "File")]
    [EncodingName]
    public Encoding Encoding { get; set; } = EncodingNameAttribute.Usual;

    protected override void BeginProcessing()
    {
        if (Variable is null)
        {
            shell = PowerShell.Create(RunspaceMode.CurrentRunspace).AddCommand("Out-File")
                .AddParameter(FilePath is null ? nameof(LiteralPath) : nameof(FilePath), FilePath ?? LiteralPath)
                .AddParameter(nameof(Append), Append).AddParameter(nameof(Encoding), Encoding);
            file = shell.GetSteppablePipeline();
            file.Begin(expectInput: true);
        }
        else if (Append && SessionState.PSVariable.GetValue(Variable) is { } before)
        {
            objects.AddRange((LanguagePrimitives.GetEnumerable(before)?.Cast<object>() ?? [before]).Select(PSObject.AsPSObject));
        }
    }

    protected override void ProcessRecord()
    {
        file?.Process(InputObject);
        if (Variable is not null && InputObject is not null)
        {
            objects.Add(InputObject);
            SessionState.PSVariable.Set(Variable, objects.Count == 1 ? objects[0] : objects.ToArray());
        }

        WriteObject(InputObject);
    }

    protected override void EndProcessing() => file?.End();

    public void Dispose()
    {
        file?.Dispose();
        shell?.Dispose();
    }
}
