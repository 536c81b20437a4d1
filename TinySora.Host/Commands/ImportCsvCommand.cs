using System.Text;

namespace TinySora.Commands;

[Cmdlet(VerbsData.Import, "Csv", DefaultParameterSetName = "Path")]
public sealed class ImportCsvCommand : PathCommand
{
    [Parameter(Position = 1)]
    public char Delimiter { get; set; } = ',';

    [Parameter]
    public string[]? Header { get; set; }

    [Parameter]
    [EncodingName]
    public Encoding Encoding { get; set; } = EncodingNameAttribute.Usual;

    protected override void Process(string path, bool isLiteral)
    {
        foreach (var file in Found(path, isLiteral))
        {
            using StreamReader reader = new(file, Encoding);
            WriteObject(CsvText.Records(this, reader, Delimiter, Header), enumerateCollection: true);
        }
    }

    /// <summary>The tables of a path; a missing one ends the pipeline.</summary>
    private IReadOnlyList<string> Found(string path, bool isLiteral)
    {
        try
        {
            return Files(path, isLiteral);
        }
        catch (ItemNotFoundException)
        {
            var file = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);
            ThrowTerminatingError(new ErrorRecord(
                new FileNotFoundException($"Could not find file '{file}'.", file), "FileOpenFailure", ErrorCategory.OpenError, file));
            throw;
        }
    }
}
