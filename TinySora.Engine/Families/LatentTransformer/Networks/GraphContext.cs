using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>What the attentions of all blocks share in a graph, where clips have one size: see <see cref="TokenContext"/>.</summary>
internal sealed record GraphContext
{
    /// <summary>The tokens that are padding, (B, S) booleans.</summary>
    public OnnxTensor? AbsentPlaces { get; init; }

    /// <summary>The states of text that are padding, (B, L) booleans.</summary>
    public OnnxTensor? AbsentText { get; init; }

    /// <summary>The rotation of (B, F, S, heads, d) by the place within a frame.</summary>
    public Rotation? Places { get; init; }

    /// <summary>The rotation of (B, F, S, heads, d) by the frame.</summary>
    public Rotation? Times { get; init; }

    /// <summary>(F, 1, C): positions that are added where a block of ST-DiT attends in time, and only there; null: it adds none.</summary>
    public OnnxTensor? FrameTable { get; init; }
}
