using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Cost;

/// <summary>Noise in the shape of a configuration's clips, with captions or vectors: enough to measure training with.</summary>
public sealed class SyntheticClips : IDisposable
{
    private const int Count = 64;

    private readonly RunConfig config;
    private readonly Device device;
    private readonly Tensor clips;

    /// <param name="config">From <see cref="Stripped"/>.</param>
    public SyntheticClips(RunConfig config, Device device)
    {
        (this.config, this.device) = (config, device);
        var (size, frames) = (config.Diffusion.ImageSize, config.Diffusion.NumFrames);
        clips = rand([Count, config.Model.Channels, frames, size, size], ScalarType.Float32);
    }

    /// <summary>Those of the shapes world.</summary>
    public static IReadOnlyList<string> Captions { get; } = [.. ShapesWorld.Training.Select(ShapesWorld.Caption)];

    /// <summary>
    /// The configuration without what belongs to a run and not to its steps: texts are encoded by a frozen encoder once, before
    /// them, and no checkpoint or grid is made.
    /// </summary>
    public static RunConfig Stripped(RunConfig config) => config with
    {
        Model = TextEncoders.FrozenWidth(config.Model) is int width
            ? config.Model with { TextEncoder = "none", CondDim = width }
            : config.Model,
        Trainer = config.Trainer with { SaveModelEvery = int.MaxValue, SampleEvery = 0 },
    };

    public BatchSequence Batches(int batchSize) => new(
        Count, batchSize, seed: 0, config.Trainer.HorizontalFlip, epoch => ClipDataset.Order(0, epoch, Count), Load);

    public void Dispose() => clips.Dispose();

    private Batch Load(int[] indices)
    {
        using var scope = NewDisposeScope();
        var chosen = clips.index_select(0, tensor(indices.Select(i => (long)i).ToArray())).to(device);
        return new Batch(
            chosen.MoveToOuterDisposeScope(), [.. indices.Select(i => Captions[i % Captions.Count])], [.. indices.Select(i => $"{i}")])
        {
            Vectors = config.Model.VectorWidth is int width ? [.. indices.Select(_ => new float[width])] : null,
        };
    }
}
