using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Base class of cmdlets that generate a clip per prompt with one checkpoint and evaluate the clips.</summary>
public abstract class EvaluationCmdlet : VideoModelCmdlet
{
    /// <summary>Returns the results of the clips in the order of the prompts.</summary>
    private protected delegate IEnumerable<object> Evaluation(
        VideoGenerator generator, IReadOnlyDictionary<string, object> settings, IProgress<double> progress, CancellationToken cancellation);

    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AdapterCompleter))]
    public string[]? Adapter { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public long Seed { get; set; }

    [Parameter]
    [Alias("CondScale")]
    [Number]
    public double? GuidanceScale { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public int? Steps { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(SamplerCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Sampler { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(GenerationSettingCompleter))]
    public IDictionary? Set { get; set; }

    /// <summary>Writes the result of each clip.</summary>
    /// <param name="checkpoint">See <see cref="VideoModelCmdlet.ModelAt"/>.</param>
    /// <param name="activity">Activity of the progress bar.</param>
    /// <param name="clips">Number of clips.</param>
    /// <param name="bundled">Name of the bundled model to use if no run generates videos, unless the adapters are for another one.</param>
    /// <returns>Whether all clips were evaluated; otherwise an error was written.</returns>
    private protected bool Evaluate(string? checkpoint, string activity, int clips, string bundled, Evaluation evaluate)
    {
        if (Try(() => AdapterNames.Find(Adapter, Absolute)) is not { } adapters || Try(() => ModelAt(checkpoint, Bundled)) is not string path)
        {
            return false;
        }

        return RunWork(failureEndsPipeline: false, (writer, cancellation) =>
        {
            using var generator = writer.Open(activity, checkpoint is null ? Bundled : null, () => VideoGenerator.Open(path, Device, adapters: adapters));
            var progress = new ShareProgress(writer, activity, $"{clips} clips");
            var settings = GenerateCmdlet.Settings(Set, (Setting.GuidanceScale, GuidanceScale), (Setting.Steps, Steps), (Setting.Sampler, Sampler));
            writer.OutputAll(evaluate(generator, settings, progress, cancellation));
        });

        string Bundled() => BundledModels.BaseOf(adapters) ?? bundled;
    }
}
