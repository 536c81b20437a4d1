using System.Management.Automation;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Formats;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Terminal;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Draws the first frames of randomly chosen clips, with numbers and captions, as a PNG and in the terminal.</summary>
[Cmdlet(VerbsCommon.Show, "TinySoraDataset", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Show-TinySoraDataset.md")]
[OutputType(typeof(TinySoraDatasetPreview))]
public sealed class ShowTinySoraDatasetCommand : DatasetCmdlet
{
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = "./dataset.png";

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

    protected override void ProcessRecord()
    {
        var folder = Try(() => Absolute(Path));
        var path = folder is null ? null : Try(() => ClipFile.Writable(OutputFile(OutputPath, Force)));

        // Check this before prompting, even with -WhatIf.
        if (path is null || Try(() => DatasetPreview.Count(folder!, Stopped)) == 0
            || !ShouldProcess(path, $"Draw {Plural.Count(Count, "clip")} of '{folder}'"))
        {
            return;
        }

        var preview = Try(() => DatasetPreview.Draw(folder!, Count, Columns, Seed, s => WriteWarning($"{s}"), Stopped));
        if (preview is not null
            && Try(() => WriteFile(path, () => ClipFile.Write(path, preview.Picture, overwrite: Force, cancellationToken: Stopped))) is not null)
        {
            ShowInTerminal(preview);
            WriteObject(new TinySoraDatasetPreview(path, folder!, [.. preview.Cells]));
        }
    }

    private void ShowInTerminal(DatasetPreview preview)
    {
        if (Terminal.Colors(this) is var colors and not TerminalColors.None && Console.WindowWidth is > 0 and var width)
        {
            Terminal.Show(this, PreviewText.Lines(preview, width, Columns, colors));
        }
    }
}
