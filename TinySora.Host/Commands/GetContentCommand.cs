using System.Text;

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "Content", DefaultParameterSetName = "Path")]
public sealed class GetContentCommand : PathCommand
{
    [Parameter]
    [Alias("First", "Head")]
    [ValidateRange(0, long.MaxValue)]
    public long TotalCount { get; set; } = long.MaxValue;

    [Parameter]
    [Alias("Last")]
    [ValidateRange(0, int.MaxValue)]
    public int Tail { get; set; } = -1;

    [Parameter]
    public SwitchParameter Raw { get; set; }

    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    [Parameter]
    [EncodingName]
    public Encoding Encoding { get; set; } = EncodingNameAttribute.Usual;

    /// <summary>Whether hidden files are read, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void Process(string path, bool isLiteral)
    {
        SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        if (provider.Name != "FileSystem")
        {
            foreach (var reader in InvokeProvider.Content.GetReader([path], Force, isLiteral))
            {
                using (reader)
                {
                    WriteObject(reader.Read(0), enumerateCollection: true);
                }
            }

            return;
        }

        foreach (var file in Files(path, isLiteral))
        {
            Try(file, () => Read(file));
        }
    }

    private void Read(string file)
    {
        if (Directory.Exists(file))
        {
            WriteError(new ErrorRecord(
                new InvalidOperationException($"Unable to get content because it is a directory: '{file}'. Please use 'Get-ChildItem' instead."),
                "GetContainerContentException", ErrorCategory.InvalidOperation, file));
            return;
        }

        if (AsByteStream)
        {
            WriteObject(File.ReadAllBytes(file), enumerateCollection: !Raw);
            return;
        }

        // What is still being written can be read.
        using StreamReader reader = new(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), Encoding);
        if (Raw)
        {
            WriteObject(Origin(reader.ReadToEnd(), file, 1));
            return;
        }

        var number = 0L;
        Queue<PSObject> last = new();
        while (number < TotalCount && reader.ReadLine() is { } line)
        {
            var value = Origin(line, file, ++number);
            if (Tail < 0)
            {
                WriteObject(value);
                continue;
            }

            last.Enqueue(value);
            if (last.Count > Tail)
            {
                last.Dequeue();
            }
        }

        WriteObject(last, enumerateCollection: true);
    }

    /// <summary>PowerShell's lines know where they come from, which commands after this one can take by name.</summary>
    private PSObject Origin(string text, string file, long number)
    {
        PSObject line = new(text);
        var drive = SessionState.Path.CurrentFileSystemLocation;
        (string, object?)[] notes =
            [("PSPath", file), ("PSParentPath", System.IO.Path.GetDirectoryName(file)), ("PSChildName", System.IO.Path.GetFileName(file)),
            ("PSDrive", drive.Drive), ("PSProvider", drive.Provider), ("ReadCount", number)];
        foreach (var (name, value) in notes)
        {
            line.Properties.Add(new PSNoteProperty(name, value), preValidated: true);
        }

        return line;
    }
}
