namespace TinySora.Engine.Generation;

/// <summary>One prompt and how to turn it into videos.</summary>
public sealed record GenerationRequest
{
    public required string Prompt { get; init; }

    /// <summary>A folder, created if absent, or a file ending in .gif, .png or .mp4.</summary>
    public required string OutputPath { get; init; }

    /// <summary>File name in the folder; null: made of the prompt's first three words.</summary>
    public string? OutputName { get; init; }

    /// <summary>Seed of the first video, the following ones count up; null: drawn, and reported.</summary>
    public long? Seed { get; init; }

    /// <summary>Videos to make; they are sampled together.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Classifier-free guidance; null: the configuration's.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>Sampling steps; null: the configuration's, or what suits the sampler.</summary>
    public int? Steps { get; init; }

    /// <summary>ddpm or ddim; null: the configuration's.</summary>
    public string? Sampler { get; init; }

    /// <summary>Overwrite existing files.</summary>
    public bool Force { get; init; }

    /// <summary>gif, png (the frames side by side) or mp4; the ending of a file in <see cref="OutputPath"/> wins.</summary>
    public string Format { get; init; } = "gif";
}

/// <summary>One video that was written.</summary>
/// <param name="Seed">Repeats it, with the same checkpoint and settings.</param>
/// <param name="Elapsed">Its share of the sampling time.</param>
public sealed record GeneratedVideo(
    string Path, string Prompt, long Seed, string Checkpoint, int Steps, string Sampler, double GuidanceScale,
    int Frames, int Width, int Height, TimeSpan Elapsed)
{
    /// <summary>Words of the prompt that the model has never seen.</summary>
    public IReadOnlyList<string> UnknownWords { get; init; } = [];
}
