namespace TinySora.Engine.Evaluation;

/// <summary>Which clips an autoencoder is measured on, and where its reconstructions go.</summary>
public sealed record ReconstructionOptions
{
    /// <summary>A folder of clips or pictures; of one in splits, its val is taken.</summary>
    public required string DataPath { get; init; }

    /// <summary>The first frames of each clip; null: as many as the model was trained on, of a model of single frames all.</summary>
    public int? Frames { get; init; }

    /// <summary>Rows, and where <see cref="Width"/> says nothing else columns, that clips are scaled and cropped to; null: the model's.</summary>
    public int? Height { get; init; }

    public int? Width { get; init; }

    /// <summary>VGG-16 and the linear weights of <see cref="Evaluation.Lpips"/>; null: that is not measured.</summary>
    public (string Vgg, string Linear)? LpipsFiles { get; init; }

    /// <summary>The folder that gets a video for each clip: it, its reconstruction and where they differ; null: none are written.</summary>
    public string? OutputPath { get; init; }

    /// <summary>gif or mp4, without the dot; of single frames png is written.</summary>
    public string Format { get; init; } = "gif";

    /// <summary>Writes over files that are there.</summary>
    public bool Force { get; init; }
}
