using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>
/// A model as the one trainer sees it. Everything else (optimizer, EMA, precision, accumulation, clipping, checkpoints, resume,
/// metrics, cancellation) is written once, in the trainer.
/// </summary>
public interface ITrainingTask : IDisposable
{
    /// <summary>Everything that is trained; its parameter names become <c>model.*</c> and <c>ema.*</c> in a checkpoint.</summary>
    nn.Module Model { get; }

    /// <summary>Text that the model cannot be rebuilt without (a vocabulary, say); travels in the checkpoint's metadata.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// Floating-point operations that training took of what the model stands on and does not train itself: its autoencoder. Null: not known.
    /// </summary>
    double? FlopsBefore { get; }

    /// <summary>The parts that are trained against each other or apart, in the order of their turns within a step; one in most models.</summary>
    IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The model as a maker of videos; null: it makes none.</summary>
    IVideoModel? Video { get; }

    /// <summary>The model as a maker of latents; null: it makes none. The examples that it trains on are then clips (<see cref="ClipBatch"/>).</summary>
    IClipCodec? Codec { get; }

    /// <summary>The networks of the model that can be written as graphs of ONNX; empty: none can.</summary>
    IReadOnlyList<NetworkGraph> Graphs { get; }

    /// <summary>What a run keeps beside its checkpoints; null: nothing.</summary>
    IRunFiles? Files { get; }

    /// <summary>
    /// The loss of one micro-batch. All randomness comes from the context's generator, so that a step is a pure function of weights,
    /// batch and seed; it is a mean over examples, so that those of the processes that share the micro-batch add up. Buffers may be
    /// changed: they get their values back when the step does not count.
    /// </summary>
    /// <param name="group">The one of <see cref="Groups"/> whose parameters follow its gradient.</param>
    StepLoss Loss(Batch batch, int group, StepContext context);

    /// <summary>The names of what <see cref="Validate"/> measures.</summary>
    IReadOnlyList<string> Measured { get; }

    /// <summary>Measures the model, in the state in which it is, on examples that it is not trained on.</summary>
    /// <param name="batches">All of them, in order; each is disposed by the caller.</param>
    /// <returns>A value for each name in <see cref="Measured"/>; a checkpoint has them with the prefix <c>val.</c>.</returns>
    IReadOnlyDictionary<string, double> Validate(IEnumerable<Batch> batches);

    /// <summary>Prepares the data for the steps; called once, before the first.</summary>
    /// <returns>What the user should know; null: nothing.</returns>
    string? Prepare(IExamples data, IProgress<ItemProgress>? progress, CancellationToken cancellation);
}
