using System.ComponentModel;
using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Reads text files line by line.</summary>
[Cmdlet(VerbsCommon.Get, "Content", DefaultParameterSetName = "Path")]
[Description("Reads text files line by line.")]
[Alias("gc", "cat", "type")]
[OutputType(typeof(string))]
public sealed class GetContentCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The whole file as one text.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

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
        using var lines = (Raw ? Whole(file) : File.ReadLines(file)).GetEnumerator();
        while (!Stopping && MoveNext(lines, file))
        {
            WriteObject(lines.Current);
        }
    }

    private static IEnumerable<string> Whole(string file)
    {
        yield return File.ReadAllText(file);
    }

    // Only reading is guarded: an exception out of WriteObject is not the file's.
    private bool MoveNext(IEnumerator<string> lines, string file)
    {
        try
        {
            return lines.MoveNext();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteError(new ErrorRecord(e, "GetContentReaderFileNotFoundError", ErrorCategory.OpenError, file));
            return false;
        }
    }
}
