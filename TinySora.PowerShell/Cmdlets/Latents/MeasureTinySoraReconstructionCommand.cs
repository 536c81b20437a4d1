using System.Management.Automation;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Latents;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Latents;

/// <summary>Encodes and decodes clips, and measures the reconstruction quality of each clip or of all clips.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "TinySoraReconstruction", SupportsShouldProcess = true,
    HelpUri = HelpPages.Root + "Measure-TinySoraReconstruction.md")]
[OutputType(typeof(ReconstructionScore), typeof(ReconstructionSummary))]
public sealed class MeasureTinySoraReconstructionCommand : CodecCmdlet
{
    [Parameter]
    public SwitchParameter Summary { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? VggPath { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string LpipsPath { get; set; } = "./model/weights/v0.1/vgg.pth";

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(DatasetFormatCompleter))]
    [ValidateSet("gif", "mp4")]
    public string Format { get; set; } = "gif";

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WritesFiles => OutputPath is not null;

    private protected override bool IsWanted(string folder) =>
        OutputPath is null || ShouldProcess(Require(() => Absolute(OutputPath)), $"Write reconstructions of '{folder}'");

    private protected override void Process(CodecModel model, string folder, PipelineWriter writer, CancellationToken cancellation)
    {
        using var meter = new ReconstructionMeter(model, new ReconstructionOptions
        {
            DataPath = folder, Frames = Frames, Height = ImageSize, Width = Width, Format = Format, Force = Force,
            LpipsFiles = VggPath is null ? null : (Absolute(VggPath), Absolute(LpipsPath)),
            OutputPath = OutputPath is null ? null : Absolute(OutputPath),
        });
        foreach (var score in meter.Measure(clip => writer.Warning($"{clip}"), new DataProgressBar(writer, "Measuring reconstructions"), cancellation))
        {
            if (!Summary)
            {
                writer.Output(score);
            }
        }

        var summary = meter.Summarize();
        if (Summary)
        {
            writer.Output(summary);
        }
    }
}
