using System.ComponentModel;
using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Reads CSV files as objects with a property per column.</summary>
[Cmdlet(VerbsData.Import, "Csv", DefaultParameterSetName = "Path")]
[Description("Reads CSV files as objects with a property per column.")]
[Alias("ipcsv")]
[OutputType(typeof(PSObject))]
public sealed class ImportCsvCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path",
        ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Position = 1)]
    public char Delimiter { get; set; } = ',';

    /// <summary>Names of the columns of a file whose first row is data.</summary>
    [Parameter]
    public string[]? Header { get; set; }

    protected override void ProcessRecord()
    {
        var files = ParameterSetName == "Path"
            ? Path.SelectMany(p => GetResolvedProviderPathFromPSPath(p, out _))
            : LiteralPath.Select(GetUnresolvedProviderPathFromPSPath);
        foreach (var file in files)
        {
            ReadFile(file);
        }
    }

    private void ReadFile(string file)
    {
        using var rows = CsvTable.Read(file, Delimiter, Header).GetEnumerator();
        while (!Stopping && MoveNext(rows, file))
        {
            WriteObject(rows.Current);
        }
    }

    // Only reading is guarded: an exception out of WriteObject is not the file's.
    private bool MoveNext(IEnumerator<PSObject> rows, string file)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            WriteError(new ErrorRecord(e, e is InvalidDataException ? "CsvBroken" : "FileOpenFailure",
                e is InvalidDataException ? ErrorCategory.InvalidData : ErrorCategory.OpenError, file));
            return false;
        }
    }
}
