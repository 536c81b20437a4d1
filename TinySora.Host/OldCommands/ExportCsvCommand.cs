using System.ComponentModel;
using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Writes objects to a CSV file, each as it comes.</summary>
[Cmdlet(VerbsData.Export, "Csv", SupportsShouldProcess = true)]
[Description("Writes objects to a CSV file, each as it comes.")]
[Alias("epcsv")]
public sealed class ExportCsvCommand : PSCmdlet, IDisposable
{
    private StreamWriter? writer;
    private CsvText? text;

    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    [Parameter(Mandatory = true, Position = 0)]
    [Alias("LiteralPath", "PSPath", "LP")]
    public string Path { get; set; } = "";

    [Parameter(Position = 1)]
    public char Delimiter { get; set; } = ',';

    /// <summary>Adds rows to the file, under the columns that it has.</summary>
    [Parameter]
    public SwitchParameter Append { get; set; }

    /// <summary>Does not replace a file.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Accepted for older scripts; the line that it leaves out is never written.</summary>
    [Parameter]
    [Alias("NTI")]
    public SwitchParameter NoTypeInformation { get; set; }

    protected override void BeginProcessing()
    {
        var path = GetUnresolvedProviderPathFromPSPath(Path);
        if (!ShouldProcess(path))
        {
            return;
        }

        try
        {
            var exists = File.Exists(path) && new FileInfo(path).Length > 0;
            text = new CsvText(Delimiter, Append && exists ? CsvTable.Rows(path, Delimiter).First().Fields : null);
            writer = new StreamWriter(path, new FileStreamOptions
            {
                Mode = Append ? FileMode.Append : NoClobber ? FileMode.CreateNew : FileMode.Create,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                BufferSize = 0, // the writer has its own; what a full disk refused would be tried again on closing
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            ThrowTerminatingError(new ErrorRecord(e, "FileOpenFailure", ErrorCategory.OpenError, path));
        }
    }

    protected override void ProcessRecord()
    {
        if (writer is null)
        {
            return;
        }

        try
        {
            foreach (var line in text!.Lines(InputObject))
            {
                writer.WriteLine(line);
            }

            // A long run shows its rows as they come, and keeps them when it is killed.
            writer.Flush();
        }
        catch (IOException e)
        {
            ThrowTerminatingError(new ErrorRecord(e, "FileWriteFailure", ErrorCategory.WriteError, Path));
        }
    }

    public void Dispose() => writer?.Dispose();
}
