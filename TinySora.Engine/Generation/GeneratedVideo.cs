using System.Diagnostics.CodeAnalysis;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Generation;

/// <summary>One video that is written, and the recipe that repeats it.</summary>
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

    /// <summary>The video's share of the sampling time.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>The file was there already, made with the same recipe, and is unchanged.</summary>
    public bool Skipped { get; init; }

    /// <summary>
    /// The share of its tokens that stand for nothing and are shown as the first code; null: the model has no tokens, or the video was there
    /// already.
    /// </summary>
    public double? ViolatingTokens { get; init; }

    /// <summary>The picture of what it was guessed to be on the way, see <see cref="GenerationRequest.GuessEvery"/>; null: there is none.</summary>
    public string? GuessPath { get; init; }

    /// <summary>Words of the prompts that the model has never seen.</summary>
    public TextList<string> UnknownWords { get; init; } = [];

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}
