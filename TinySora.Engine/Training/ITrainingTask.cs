using TinySora.Engine.Data;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// What a model family brings to the one trainer. Everything else (optimizer, EMA, precision, accumulation, clipping,
/// checkpoints, resume, metrics, cancellation) is written once, in the trainer.
/// </summary>
public interface ITrainingTask : IDisposable
{
    /// <summary>Everything that is trained; its parameter names become <c>model.*</c> and <c>ema.*</c> in a checkpoint.</summary>
    nn.Module Model { get; }

    /// <summary>Text that the model cannot be rebuilt without (a vocabulary, say); travels in the checkpoint's metadata.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// Scalar loss of one micro-batch. All randomness comes from <paramref name="generator"/>, so that a step is a pure
    /// function of weights, batch and seed.
    /// </summary>
    Tensor Loss(Batch batch, Generator generator);
}
