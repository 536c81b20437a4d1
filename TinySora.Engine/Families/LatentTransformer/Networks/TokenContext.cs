using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>What the attentions of all blocks share in one forward pass, none of it with a gradient.</summary>
internal sealed record TokenContext
{
    /// <summary>The places that are padding, (B, S) booleans.</summary>
    public AnyTensor? AbsentPlaces { get; init; }

    /// <summary>The frames that are padding, (B, F) booleans.</summary>
    public AnyTensor? AbsentFrames { get; init; }

    /// <summary>The states of text that are padding, (B, L) booleans.</summary>
    public AnyTensor? AbsentText { get; init; }

    /// <summary>The rotation of (B, F, S, heads, d) by the place within a frame.</summary>
    public Rotation? Places { get; init; }

    /// <summary>The rotation of (B, F, S, heads, d) by the frame.</summary>
    public Rotation? Times { get; init; }

    /// <summary>(F, 1, C): positions that are added where a block of ST-DiT attends in time, and only there; null: it adds none.</summary>
    public AnyTensor? FrameTable { get; init; }

    /// <summary>Frames at the end that are pictures by themselves: no frame sees them, nor do they see one.</summary>
    public int Images { get; init; }
}
