using System.Management.Automation;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Latents;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Latents;

/// <summary>Measures the conditional entropy, in bits, of the tokens of shapes-world clips given their captions.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "TinySoraTokenEntropy", HelpUri = HelpPages.Root + "Measure-TinySoraTokenEntropy.md")]
[OutputType(typeof(TokenEntropy))]
public sealed class MeasureTinySoraTokenEntropyCommand : AutoencoderCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("ModelPath", "Path", "FullName")]
    [ArgumentCompleter(typeof(AutoencoderCompleter))]
    [CheckpointPath]
    [ValidateNotNullOrEmpty]
    public string? Checkpoint { get; set; }

    [Parameter]
    [ValidateRange(2, 100_000)]
    [Number(IsWhole = true)]
    public int Count { get; set; } = 48;

    [Parameter]
    [Number(IsWhole = true)]
    public long Seed { get; set; }

    protected override void ProcessRecord()
    {
        if (Try(() => AutoencoderAt(Checkpoint)) is not string checkpoint)
        {
            return;
        }

        RunWork(failureEndsPipeline: false, (writer, cancellation) =>
        {
            writer.Starting("Measuring token entropy", ModelOpening.Status);
            using var codec = CodecModel.Open(checkpoint, Device);
            writer.Output(new TokenEntropyMeter(codec).Measure(
                Count, Seed, new ShareProgress(writer, "Measuring token entropy", $"{Count} clips"), cancellation));
        });
    }
}
