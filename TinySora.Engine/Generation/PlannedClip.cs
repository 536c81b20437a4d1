using TinySora.Engine.Families;

namespace TinySora.Engine.Generation;

/// <summary>A clip of a request that has been checked and is ready for sampling and writing.</summary>
/// <param name="Plan">Sampling settings, which all clips of a batch share.</param>
/// <param name="Recipe">The clip's recipe, in which the position in the batch is not set yet.</param>
/// <param name="Index">Index of the clip within the request, from 0.</param>
internal sealed record PlannedClip(GenerationRequest Request, SamplingPlan Plan, Recipe Recipe, string Path, int Index)
{
    /// <summary>The existing video that matches the request; <c>null</c> if it must be generated.</summary>
    public GeneratedVideo? Finished { get; init; }

    /// <summary>Whether a matching video already existed during planning, and only its images of predictions are missing.</summary>
    public bool HasVideo { get; init; }

    /// <summary>Words in the prompts that do not occur in the training captions.</summary>
    public IReadOnlyList<string> UnknownWords { get; init; } = [];

    /// <summary>Size of the original batch, and index of the clip in it, if a recipe is repeated; otherwise <c>null</c>.</summary>
    public (int Length, int Index)? Place => Request.Place;

    /// <summary>
    /// File name with the clip's number for videos of the noisy clip; see <see cref="GenerationRequest.NoisyVideoPattern"/>. <c>null</c> to draw an image of
    /// predictions.
    /// </summary>
    public string? NoisyVideoName => Request is { NoisyVideoPattern: string name, Count: > 1 }
        ? $"{System.IO.Path.GetFileNameWithoutExtension(name)}_{Index}{System.IO.Path.GetExtension(name)}"
        : Request.NoisyVideoPattern;

    /// <summary>Path of the image of predictions, or of the last video of the noisy clip; <c>null</c> if neither is requested.</summary>
    public string? GuessPath => GuessPaths is [.., var last] ? last : null;

    /// <summary>Paths of the image of predictions, or of all videos of the noisy clip, next to the video.</summary>
    public IReadOnlyList<string> GuessPaths => Request.GuessEvery is not int every ? []
        : NoisyVideoName is null ? [GuessPathOf(Path, every)!]
        : [.. Enumerable.Range(1, Plan.Units).Where(done => done % every == 0 || done == Plan.Units).Select(NoisyVideoPath)];

    /// <summary>Prompt, seed and start clips for the model.</summary>
    public ClipPrompt Prompt => new(Recipe.Seed) { Text = Recipe.Prompt, Negative = Recipe.NegativePrompt, Vector = Recipe.Condition?.ToArray() };

    /// <summary>The part of the recipe that all clips in a batch share, such as the negative prompt. Prompt, vector, seed and start clip may differ.</summary>
    private Recipe Shared { get; } = Recipe with { Prompt = null, Condition = null, Seed = 0, From = null, To = null };

    /// <summary>Returns the path of the image of predictions; its name contains the interval in steps.</summary>
    public static string? GuessPathOf(string path, int? guessEvery) => guessEvery is int every
        ? FormattableString.Invariant($"{System.IO.Path.ChangeExtension(path, null)}.guess-every-{every}.png")
        : null;

    /// <summary>Returns the path of the video that shows the noisy clip after <paramref name="done"/> steps.</summary>
    public string NoisyVideoPath(int done) => System.IO.Path.Combine(
        System.IO.Path.GetDirectoryName(Path)!, NoisyVideoName!.Replace("*", FormattableString.Invariant($"{Plan.Units - done}"), StringComparison.Ordinal));

    /// <summary>Returns whether this clip and another clip can be sampled in the same batch.</summary>
    public bool CanBatchWith(PlannedClip other) => !Request.Exact && !other.Request.Exact && Shared == other.Shared
        && Request.GuessEvery == other.Request.GuessEvery && (NoisyVideoName is null) == (other.NoisyVideoName is null)
        && Place?.Length == other.Place?.Length && (Place is null || Place != other.Place);
}
