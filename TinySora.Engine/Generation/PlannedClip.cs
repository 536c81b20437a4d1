using TinySora.Engine.Training;

namespace TinySora.Engine.Generation;

/// <summary>One clip of a request, checked: nothing but sampling and writing is left to do.</summary>
/// <param name="Recipe">Its place in a batch is left open.</param>
/// <param name="Settings">What all clips of a batch share; prompts, seeds and vectors are in the recipes.</param>
internal sealed record PlannedClip(VideoGenerator Generator, Recipe Recipe, SampleRequest Settings, string Path)
{
    /// <summary>Sampled in no company.</summary>
    public bool Exact { get; init; }

    /// <summary>Of a recipe to repeat: the length of its batch, and its place there.</summary>
    public (int Length, int Index)? Place { get; init; }

    /// <summary>The file is there already, made as asked for.</summary>
    public GeneratedVideo? Finished { get; init; }

    /// <summary>Words of the prompts that the model has never seen.</summary>
    public IReadOnlyList<string> UnknownWords { get; init; } = [];

    /// <summary>Whether one pass through the model can make both.</summary>
    public bool GoesWith(PlannedClip other) => !Exact && !other.Exact && Key.Equals(other.Key) && (Place is null || Place != other.Place);

    private object Key => (
        Generator, Recipe.Sampler, Recipe.Steps, Recipe.Eta, Recipe.GuidanceScale, Recipe.NegativePrompt, Recipe.Threads, Place?.Length,
        (Recipe.FromHash, Recipe.ToHash, Recipe.Mix, Recipe.Noise));
}
