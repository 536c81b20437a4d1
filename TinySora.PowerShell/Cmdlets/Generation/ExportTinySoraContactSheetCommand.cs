using System.Management.Automation;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Formats;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Draws several videos as film strips with captions (.png), or side by side in one video (.gif, .mp4).</summary>
[Cmdlet(VerbsData.Export, "TinySoraContactSheet", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Export-TinySoraContactSheet.md")]
[OutputType(typeof(FileInfo))]
public sealed class ExportTinySoraContactSheetCommand : PathCmdlet
{
    private readonly List<(Clip Clip, string Caption)> items = [];

    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = "./contact-sheet.png";

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Prompt")]
    public string? Caption { get; set; }

    [Parameter]
    [ValidateRange(1, 1000)]
    [Number(IsWhole = true)]
    public int? Columns { get; set; }

    [Parameter]
    [ValidateRange(1, 64)]
    [Number(IsWhole = true)]
    public int? Scale { get; set; }

    [Parameter]
    public SwitchParameter MiddleFrameOnly { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WritesFiles => true;

    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        TableArguments.ThrowIfEmpty(this);
        if (!ClipFile.WritableExtensions.Contains(System.IO.Path.GetExtension(OutputPath), StringComparer.OrdinalIgnoreCase))
        {
            Require<Clip>(() => throw InputErrors.NoSheet(OutputPath, ClipFile.WritableExtensions));
        }

        string[] ofStills = [nameof(MiddleFrameOnly), nameof(Caption)];
        if (!ClipFile.IsStill(OutputPath) && ofStills.FirstOrDefault(IsSpecified) is string parameter)
        {
            Require<Clip>(() => throw InputErrors.OfStillSheet(parameter, OutputPath));
        }

        bool IsSpecified(string name) => MyInvocation.BoundParameters.TryGetValue(name, out var value) && value is not SwitchParameter { IsPresent: false };
    }

    protected override void ProcessPath(string path)
    {
        foreach (var file in (Try(() => ClipPaths.In(path)) ?? []).TakeWhile(_ => !Stopping))
        {
            if (Try(() => ClipFile.Read(file, cancellationToken: Stopped)) is Clip clip)
            {
                var caption = string.IsNullOrEmpty(Caption) ? CaptionFile.Read(file) : Caption;
                items.Add((clip, caption ?? System.IO.Path.GetFileNameWithoutExtension(file)));
            }
        }
    }

    protected override void EndProcessing()
    {
        var path = Require(() => OutputFile(OutputPath, Force));
        if (items.Count > 0 && ShouldProcess(path, $"Draw {Plural.Count(items.Count, "video")}"))
        {
            WriteItem(Require(() => WriteFile(path, () => ClipFile.Write(path, Draw(path), overwrite: Force, cancellationToken: Stopped))));
        }
    }

    private Clip Draw(string path) => ClipFile.IsStill(path)
        ? ContactSheet.Draw(items, Columns ?? SquareColumns(), Scale, !MiddleFrameOnly, Stopped)
        : ContactSheet.Grid([.. items.Select(i => i.Clip)], Columns, scale: Scale ?? 1, cancellationToken: Stopped);

    /// <summary>Returns the number of columns for a roughly square sheet.</summary>
    private int SquareColumns() =>
        Math.Max(1, (int)Math.Round(Math.Sqrt(items.Count / (MiddleFrameOnly ? 1.0 : items.Max(i => i.Clip.Frames)))));
}
