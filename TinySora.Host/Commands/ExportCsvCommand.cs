using System.Text;

namespace TinySora.Commands;

[Cmdlet(VerbsData.Export, "Csv", SupportsShouldProcess = true)]
public sealed class ExportCsvCommand : CsvWriterCommand, IDisposable
{
    private StreamWriter? writer;

    [Parameter(Position = 0)]
    public string? Path { get; set; }

    [Parameter]
    [Alias("PSPath", "LP")]
    public string? LiteralPath { get; set; }

    [Parameter]
    public SwitchParameter Append { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    [Parameter]
    [EncodingName]
    public Encoding Encoding { get; set; } = EncodingNameAttribute.Usual;

    protected override void BeginProcessing()
    {
        if (Path is null == LiteralPath is null)
        {
            ThrowTerminatingError(new ErrorRecord(
                new PSArgumentException("You must specify either the -Path or -LiteralPath parameters, but not both."),
                "CannotSpecifyPathAndLiteralPath", ErrorCategory.InvalidData, null));
        }

        if (!ShouldProcess(Path ?? LiteralPath, "Export-Csv"))
        {
            return;
        }

        var file = OutputFile.Resolve(this, Path, LiteralPath);
        if (Append && File.Exists(file))
        {
            using StreamReader before = new(file);
            if (CsvText.Rows(before, Delimiter).FirstOrDefault(row => !row[0].StartsWith('#')) is { } header)
            {
                GoOnWith(header);
            }
        }

        writer = OutputFile.Open(this, Path, LiteralPath, Encoding, Append, Force, NoClobber);
    }

    protected override void ProcessRecord()
    {
        if (writer is not null)
        {
            base.ProcessRecord();
            writer.Flush();
        }
    }

    protected override void WriteLine(string line) => writer!.WriteLine(line);

    public void Dispose() => writer?.Dispose();
}
