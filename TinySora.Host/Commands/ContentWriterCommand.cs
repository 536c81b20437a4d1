using System.Text;

namespace TinySora.Commands;

/// <summary>What Set-Content and Add-Content have in common.</summary>
public abstract class ContentWriterCommand : PSCmdlet, IDisposable
{
    private readonly List<StreamWriter> files = [];
    private readonly List<System.Management.Automation.Provider.IContentWriter> others = [];

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? Value { get; set; }

    [Parameter]
    public SwitchParameter NoNewline { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    [Parameter]
    [EncodingName]
    public Encoding Encoding { get; set; } = EncodingNameAttribute.Usual;

    protected abstract bool Appends { get; }

    private bool IsOpen => files.Count + others.Count > 0;

    protected override void ProcessRecord()
    {
        if (!IsOpen)
        {
            foreach (var path in LiteralPath.Concat(Path).Where(p => ShouldProcess(p)))
            {
                Open(path, ParameterSetName == "LiteralPath");
            }
        }

        if (!IsOpen)
        {
            return;
        }

        foreach (var value in Value ?? [])
        {
            Write(value is PSObject wrapped ? wrapped.BaseObject : value);
        }

        if (PassThru)
        {
            WriteObject(Value, enumerateCollection: true);
        }
    }

    private void Open(string path, bool isLiteral)
    {
        SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        if (provider.Name == "FileSystem")
        {
            if (!isLiteral && WildcardPattern.ContainsWildcardCharacters(path) && !InvokeProvider.Item.Exists(path))
            {
                WriteError(new ErrorRecord(
                    new ItemNotFoundException($"No file fits the pattern {path}. -LiteralPath takes it as a name."),
                    "ItemNotFound", ErrorCategory.ObjectNotFound, path));
                return;
            }

            files.Add(OutputFile.Open(this, isLiteral ? null : path, path, Encoding, Appends, Force, noClobber: false));
            return;
        }

        if (!Appends && InvokeProvider.Item.Exists(path, Force, isLiteral))
        {
            InvokeProvider.Content.Clear([path], Force, isLiteral);
        }

        others.AddRange(InvokeProvider.Content.GetWriter([path], Force, isLiteral));
    }

    private void Write(object? value)
    {
        foreach (var other in others)
        {
            other.Write(new[] { value });
        }

        foreach (var file in files)
        {
            if (AsByteStream)
            {
                file.BaseStream.WriteByte(LanguagePrimitives.ConvertTo<byte>(value));
                continue;
            }

            file.Write(LanguagePrimitives.ConvertTo<string>(value));
            if (!NoNewline)
            {
                file.WriteLine();
            }

            file.Flush();
        }
    }

    protected override void EndProcessing() => Dispose();

    public void Dispose()
    {
        files.ForEach(file => file.Dispose());
        others.ForEach(other => other.Close());
        files.Clear();
        others.Clear();
        GC.SuppressFinalize(this);
    }
}
