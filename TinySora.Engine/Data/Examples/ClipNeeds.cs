using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;

namespace TinySora.Engine.Data.Examples;

/// <summary>What a model needs of a folder of clips.</summary>
/// <param name="Keys">For messages.</param>
public sealed record ClipNeeds(ClipShape Shape, ClipKeys Keys)
{
    /// <summary>Whether captions matter: a clip with several counts once for each.</summary>
    public bool TakesText { get; init; } = true;

    /// <summary>Width of the vectors beside the clips that the model is conditioned on; null: it is not.</summary>
    public int? VectorWidth { get; init; }

    /// <summary>Whether half of the visits show the clip mirrored.</summary>
    public bool Mirrors { get; init; }
}
