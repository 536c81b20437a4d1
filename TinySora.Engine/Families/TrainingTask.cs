using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Recorded;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>
/// Base class of training tasks, with the type of the micro-batches, and with default implementations for features that most models do not have.
/// </summary>
public abstract class TrainingTask<TBatch> : ITrainingTask
    where TBatch : Batch
{
    private IReadOnlyList<BatchNorm>? norms;

    public abstract nn.Module Model { get; }
    public virtual IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
    public virtual double? PrerequisiteFlops => 0;
    public virtual IReadOnlyList<ParameterGroup> Groups => [ParameterGroup.All];
    public virtual IVideoModel? Video => null;
    public virtual IClipCodec? Codec => null;
    public virtual IReadOnlyList<NetworkGraph> Graphs => [];
    public virtual string? RecordingProblem => Recording.NeverRecorded;
    public virtual IRunFiles? Files => null;
    public virtual IReadOnlyList<string> ValidationMetrics => [];
    public virtual double? SmallestLoss(IExamples data) => null;

    /// <summary>Returns the loss. Batch norms use the whole micro-batch, even if this process handles only part of it.</summary>
    public StepLoss Loss(Batch batch, int group, StepContext context)
    {
        norms ??= [.. Model.modules().OfType<BatchNorm>()];
        foreach (var norm in norms)
        {
            norm.Share = context.Share;
        }

        return Loss((TBatch)batch, group, context);
    }

    public IReadOnlyDictionary<string, double> Validate(IEnumerable<Batch> batches) => Validate(batches.Cast<TBatch>());

    public string? Prepare(IExamples data, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        Prepare((IExamples<TBatch>)data, progress, cancellation);

    public virtual void Dispose()
    {
        Model.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract StepLoss Loss(TBatch batch, int group, StepContext context);

    protected virtual IReadOnlyDictionary<string, double> Validate(IEnumerable<TBatch> batches) => new Dictionary<string, double>();

    protected virtual string? Prepare(IExamples<TBatch> data, IProgress<ItemProgress>? progress, CancellationToken cancellation) => null;
}
