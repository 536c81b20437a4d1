using System.Diagnostics.CodeAnalysis;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Generation;

/// <summary>A generated video and the recipe that repeats it.</summary>
public sealed record GeneratedVideo : Recipe
{
    [SetsRequiredMembers]
    internal GeneratedVideo(Recipe recipe, string path, (int Frames, int Width, int Height) size, TimeSpan elapsed)
        : base(recipe)
    {
        Path = path;
        (Frames, Width, Height) = size;
        Elapsed = elapsed;
    }

    public string Path { get; }

    public int Frames { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Sampling time of the video: its share of the batch's sampling time.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Whether the file already existed with the same recipe and was left unchanged.</summary>
    public bool Skipped { get; init; }

    /// <summary>
    /// Fraction of tokens that are not codes of the codebook and are decoded as the first code; <c>null</c> if the model does not predict tokens, or if the
    /// video already existed.
    /// </summary>
    public double? ViolatingTokens { get; init; }

    /// <summary>
    /// Why the passes through the network were not replayed from a recording; <c>null</c> if they were, if the video already existed, or for kinds of models
    /// that are never recorded.
    /// </summary>
    public string? NotRecorded { get; init; }

    /// <summary>Path of the image of predictions during sampling, see <see cref="GenerationRequest.GuessEvery"/>; <c>null</c> if none was drawn.</summary>
    public string? GuessPath { get; init; }

    /// <summary>Words in the prompts that do not occur in the training captions.</summary>
    public TextList<string> UnknownWords { get; init; } = [];

    /// <summary>Returns the path of the video, so that the object can be piped to commands that accept files.</summary>
    public override string ToString() => Path;
}
