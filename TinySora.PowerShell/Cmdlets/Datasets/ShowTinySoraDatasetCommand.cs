using System.Management.Automation;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Formats;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Terminal;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Draws the first frames of randomly chosen clips, with numbers and captions, as a PNG and in the terminal.</summary>
[Cmdlet(VerbsCommon.Show, "TinySoraDataset", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Show-TinySoraDataset.md")]
[OutputType(typeof(TinySoraDatasetPreview))]
public sealed class ShowTinySoraDatasetCommand : DatasetCmdlet
{
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    [Parameter]
    [ValidateRange(1, 1000)]
    [Number(IsWhole = true)]
    public int Count { get; set; } = 8;

    [Parameter]
    [ValidateRange(1, 100)]
    [Number(IsWhole = true)]
    public int Columns { get; set; } = 4;

    [Parameter]
    [Number(IsWhole = true)]
    public long Seed { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WritesFiles => true;

    /// <summary>Images that this command has written, which datasets with the same name must not replace.</summary>
    private readonly HashSet<string> drawn = new(StringComparer.OrdinalIgnoreCase);

    protected override void ProcessFolder(string folder)
    {
        // Check this before prompting, even with -WhatIf.
        if (Try(() => Target(folder)) is not (string path, bool replaces) || Try(() => DatasetPreview.Count(folder, Stopped)) == 0
            || !ShouldProcess(path, $"Draw {Plural.Count(Count, "clip")} of '{folder}'"))
        {
            return;
        }

        var preview = Try(() => DatasetPreview.Draw(folder, Count, Columns, Seed, s => WriteWarning($"{s}"), Stopped));
        if (preview is not null && Try(() => WriteFile(path, () => preview.Write(path, replaces, Stopped))) is not null)
        {
            drawn.Add(path);
            ShowInTerminal(preview);
            WriteObject(new TinySoraDatasetPreview(path, folder, [.. preview.Cells]));
        }
    }

    /// <summary>Returns the path of the image for a folder, and whether an existing file may be replaced.</summary>
    private (string Path, bool Replaces) Target(string folder)
    {
        var file = OutputPath ?? System.IO.Path.Combine(".", $"{System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(folder))}.png");
        var replaces = Force || (OutputPath is null && !drawn.Contains(Absolute(file)) && DatasetPreview.IsPreview(Absolute(file)));
        return (ClipFile.Writable(OutputFile(file, replaces)), replaces);
    }

    private void ShowInTerminal(DatasetPreview preview)
    {
        if (Terminal.Colors(this) is var colors and not TerminalColors.None && Console.WindowWidth is > 0 and var width)
        {
            Terminal.Show(this, PreviewText.Lines(preview, width, Columns, colors));
        }
    }
}
