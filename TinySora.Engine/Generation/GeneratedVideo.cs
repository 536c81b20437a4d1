using System.Diagnostics.CodeAnalysis;
using TinySora.Engine.Media;

namespace TinySora.Engine.Generation;

/// <summary>One video that was written, and the recipe that repeats it.</summary>
public sealed record GeneratedVideo : Recipe
{
    [SetsRequiredMembers]
    internal GeneratedVideo(Recipe recipe, string path, Clip clip, TimeSpan elapsed)
        : base(recipe)
    {
        Path = path;
        (Frames, Width, Height) = (clip.Frames, clip.Width, clip.Height);
        Elapsed = elapsed;
    }

    public string Path { get; }

    public int Frames { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Its share of the sampling time.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Words of the prompts that the model has never seen.</summary>
    public IReadOnlyList<string> UnknownWords { get; init; } = [];
}
