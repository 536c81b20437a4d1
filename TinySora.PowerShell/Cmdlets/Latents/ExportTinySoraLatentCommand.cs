using System.Management.Automation;
using TinySora.Engine.Latents;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Latents;

/// <summary>Encodes clips to latents or tokens, in file formats that other programs can read.</summary>
[Cmdlet(VerbsData.Export, "TinySoraLatent", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Export-TinySoraLatent.md")]
[OutputType(typeof(ExportedLatents))]
public sealed class ExportTinySoraLatentCommand : CodecCmdlet
{
    [Parameter(Position = 2)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = DefaultPaths.Latents;

    [Parameter]
    public LatentFormat As { get; set; }

    [Parameter]
    public SwitchParameter Tokens { get; set; }

    [Parameter]
    public SwitchParameter Sample { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public long Seed { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ModelId { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WritesFiles => true;

    private protected override bool IsWanted(string folder) =>
        ShouldProcess(Require(() => Absolute(OutputPath)), $"Write {(Tokens ? "tokens" : "latents")} of '{folder}'");

    private protected override void Process(CodecModel model, string folder, PipelineWriter writer, CancellationToken cancellation)
    {
        var options = new LatentExportOptions
        {
            DataPath = folder, OutputPath = Absolute(OutputPath), Format = As, Tokens = Tokens, SampleSeed = Sample ? Seed : null,
            Frames = Frames, Height = ImageSize, Width = Width, ModelId = ModelId, Force = Force,
        };
        var progress = new DataProgressBar(writer, "Encoding clips");
        writer.OutputAll(LatentExport.Write(model, options, clip => writer.Warning($"{clip}"), progress, cancellation));
    }
}
