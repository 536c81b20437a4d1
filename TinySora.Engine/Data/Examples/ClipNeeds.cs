using TinySora.Engine.Data.Fitting;

namespace TinySora.Engine.Data.Examples;

/// <summary>What a model needs of a folder of clips.</summary>
public sealed record ClipNeeds(ClipShape Shape)
{
    /// <summary>Whether captions matter: a clip with several counts once for each.</summary>
    public bool TakesText { get; init; } = true;

    /// <summary>Width of the vectors beside the clips that the model is conditioned on; null: it is not.</summary>
    public int? VectorWidth { get; init; }

    /// <summary>Whether half of the visits show the clip mirrored.</summary>
    public bool Mirrors { get; init; }

    /// <summary>The key that says how many frames a clip has, for messages.</summary>
    public string FramesKey { get; init; } = "";
}
