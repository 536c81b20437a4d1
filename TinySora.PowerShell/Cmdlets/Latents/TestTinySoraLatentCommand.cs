using System.Management.Automation;
using TinySora.Engine.Latents;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Latents;

/// <summary>Examines the latents that an autoencoder computes from clips, and writes an object per problem.</summary>
[Cmdlet(VerbsDiagnostic.Test, "TinySoraLatent", DefaultParameterSetName = "Problem", HelpUri = HelpPages.Root + "Test-TinySoraLatent.md")]
[OutputType(typeof(LatentProblem), typeof(LatentChannel), typeof(NoisedDecode), typeof(bool))]
public sealed class TestTinySoraLatentCommand : CodecCmdlet
{
    [Parameter]
    [ValidateRange(1, 100_000)]
    [Number(IsWhole = true)]
    public int Count { get; set; } = 64;

    [Parameter(Mandatory = true, ParameterSetName = "Channel")]
    public SwitchParameter Channel { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Noise")]
    public SwitchParameter Noise { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Quiet")]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process(CodecModel model, string folder, PipelineWriter writer, CancellationToken cancellation)
    {
        var shape = model.ShapeOf(Frames, ImageSize, Width);
        var progress = new DataProgressBar(writer, "Examining latents");
        var doctor = LatentDoctor.Examine(model, folder, shape, Count, clip => writer.Warning($"{clip}"), progress, cancellation);
        writer.Verbose($"Clips examined in '{folder}': {doctor.Clips}.");
        IEnumerable<object> results = Channel ? doctor.Channels
            : Noise ? doctor.Noise
            : Quiet ? [doctor.Problems.Count == 0]
            : doctor.Problems;
        writer.OutputAll(results);

        if (!Channel && !Noise && !Quiet && doctor.Problems.Count == 0)
        {
            writer.Information($"No problems found in the latents of '{folder}' (clips examined: {doctor.Clips}).");
        }
    }
}
