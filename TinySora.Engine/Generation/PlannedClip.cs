using TinySora.Engine.Families;

namespace TinySora.Engine.Generation;

/// <summary>One clip of a request, checked: only sampling and writing are left to do.</summary>
/// <param name="Plan">Sampling settings, which all clips of a batch share.</param>
/// <param name="Recipe">Its position in a batch is not known yet.</param>
/// <param name="Index">Index of the clip within the request, from 0.</param>
internal sealed record PlannedClip(GenerationRequest Request, SamplingPlan Plan, Recipe Recipe, string Path, int Index)
{
    /// <summary>The video that exists already, made as asked for; null: it is to be made.</summary>
    public GeneratedVideo? Finished { get; init; }

    /// <summary>Whether the video existed when the clip was planned, made as asked for, so that only pictures of its guesses are to be made.</summary>
    public bool HasVideo { get; init; }

    /// <summary>Words of the prompts that the model has never seen.</summary>
    public IReadOnlyList<string> UnknownWords { get; init; } = [];

    /// <summary>Length of the original batch and the clip's index in it, if a recipe is repeated.</summary>
    public (int Length, int Index)? Place => Request.Place;

    /// <summary>Films in place of a picture, see <see cref="GenerationRequest.NoiseFilms"/>, with the number of this one; null: the picture.</summary>
    public string? FilmName => Request is { NoiseFilms: string name, Count: > 1 }
        ? $"{System.IO.Path.GetFileNameWithoutExtension(name)}_{Index}{System.IO.Path.GetExtension(name)}"
        : Request.NoiseFilms;

    /// <summary>Path of the picture of predictions, or of the last video of noisy clips; <c>null</c> if none is requested.</summary>
    public string? GuessPath => GuessPaths is [.., var last] ? last : null;

    /// <summary>Paths of the picture of predictions, or of the videos of noisy clips, next to the video.</summary>
    public IReadOnlyList<string> GuessPaths => Request.GuessEvery is not int every ? []
        : FilmName is null ? [GuessPathOf(Path, every)!]
        : [.. Enumerable.Range(1, Plan.Units).Where(done => done % every == 0 || done == Plan.Units).Select(FilmOf)];

    /// <summary>The prompt, seed and start for the model.</summary>
    public ClipPrompt Prompt => new(Recipe.Seed) { Text = Recipe.Prompt, Negative = Recipe.NegativePrompt, Vector = Recipe.Condition?.ToArray() };

    /// <summary>What clips of one batch have in common: the negative prompt too, but not the prompt, vector, seed and start of each.</summary>
    private Recipe Shared { get; } = Recipe with { Prompt = null, Condition = null, Seed = 0, From = null, To = null };

    /// <summary>Path of the picture of predictions; its name has the interval in steps.</summary>
    public static string? GuessPathOf(string path, int? guessEvery) => guessEvery is int every
        ? FormattableString.Invariant($"{System.IO.Path.ChangeExtension(path, null)}.guess-every-{every}.png")
        : null;

    /// <summary>Path of the video of the noisy clip after <paramref name="done"/> steps.</summary>
    public string FilmOf(int done) => System.IO.Path.Combine(
        System.IO.Path.GetDirectoryName(Path)!, FilmName!.Replace("*", FormattableString.Invariant($"{Plan.Units - done}"), StringComparison.Ordinal));

    /// <summary>Whether one pass through the model can make both.</summary>
    public bool GoesWith(PlannedClip other) => !Request.Exact && !other.Request.Exact && Shared == other.Shared
        && Request.GuessEvery == other.Request.GuessEvery && (FilmName is null) == (other.FilmName is null)
        && Place?.Length == other.Place?.Length && (Place is null || Place != other.Place);
}
