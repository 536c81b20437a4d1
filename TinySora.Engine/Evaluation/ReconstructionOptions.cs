namespace TinySora.Engine.Evaluation;

/// <summary>The clips that an autoencoder is measured on, and where its reconstructions are written.</summary>
public sealed record ReconstructionOptions
{
    /// <summary>A folder of clips or pictures; of one in splits, its val is taken.</summary>
    public required string DataPath { get; init; }

    /// <summary>The first frames of each clip; null: as many as the model was trained on, of a model of single frames all.</summary>
    public int? Frames { get; init; }

    /// <summary>The height that clips are scaled and cropped to, and the width where <see cref="Width"/> is null; null: the model's.</summary>
    public int? Height { get; init; }

    public int? Width { get; init; }

    /// <summary>The files of VGG-16 and of LPIPS's linear weights; null: LPIPS is not measured.</summary>
    public (string Vgg, string Linear)? LpipsFiles { get; init; }

    /// <summary>The folder that gets a video for each clip: it, its reconstruction and where they differ; null: none are written.</summary>
    public string? OutputPath { get; init; }

    /// <summary>The format of the videos, gif or mp4, without the dot; single frames are written as png.</summary>
    public string Format { get; init; } = "gif";

    /// <summary>Whether existing files may be overwritten.</summary>
    public bool Force { get; init; }
}
