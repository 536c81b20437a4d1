using TinySora.Engine.Data.Worlds;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Examples;

/// <summary>Random noise in the shape of clips, with captions or vectors, for benchmarking training.</summary>
public sealed class SyntheticClips(ClipRequirements needs) : IExamples<ClipBatch>
{
    private const int ClipCount = 64;

    private readonly Tensor clips = rand(
        [ClipCount, needs.Shape.Channels, needs.Shape.Frames, needs.Shape.Height, needs.Shape.Width], ScalarType.Float32).DetachFromDisposeScope();

    public int Count => ClipCount;

    public string Fingerprint => "";

    /// <summary>Captions for the training combinations in the shapes world.</summary>
    public IReadOnlyList<string?> Captions { get; } = [.. ShapesWorld.Training.Select(ShapesWorld.Caption)];

    public ClipBatch Get(ReadOnlySpan<SampledExample> visits, Device device)
    {
        using var scope = NewDisposeScope();
        var indices = SampledExample.Indices(visits);
        var batch = new ClipBatch(
            clips.index_select(0, tensor(indices)).to(device),
            [.. indices.Select(i => Captions[i % Captions.Count])], [.. indices.Select(i => $"{i}")])
        {
            Vectors = needs.VectorWidth is int width ? [.. indices.Select(_ => new float[width])] : null,
        };
        batch = needs.Mirrors ? batch.Mirrored(visits) : batch;
        batch.Clips.MoveToOuterDisposeScope();
        return batch;
    }

    public void Dispose() => clips.Dispose();
}
