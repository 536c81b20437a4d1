using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Generation;

/// <summary>
/// Tracks the output files of consecutive requests: names that are taken by requests, and the recipes in existing files. Assigns files to sampled clips.
/// </summary>
internal sealed class RequestOutputs
{
    private readonly HashSet<string> taken = new(PathComparer.Of);

    // List each folder and read each file only once, because a table may repeat a prompt in thousands of rows.
    private readonly Dictionary<string, IReadOnlyList<string>> listed = [];
    private readonly Dictionary<string, Recipe?> read = [];

    /// <summary>Returns whether another request will write to a path.</summary>
    public bool IsTaken(string path) => taken.Contains(path);

    public void Reserve(IEnumerable<string> paths) => taken.UnionWith(paths);

    /// <summary>Returns whether a path is neither used by an existing file or folder nor taken by another request.</summary>
    public bool IsFree(string? path) => path is null || !(IsTaken(path) || Path.Exists(path));

    /// <summary>
    /// Returns the clip, marked as finished if its files already exist. Fails if its paths are used by files with other recipes or are taken by other requests.
    /// </summary>
    /// <exception cref="TinySoraException">OutputExists.</exception>
    public PlannedClip CheckExisting(PlannedClip clip) =>
        clip.Request.Force ? clip
        : FindFinished(clip) is PlannedClip finished ? finished
        : Obstacle(clip) is string obstacle ? throw GenerationErrors.OutputExists(obstacle, !IsTaken(obstacle))
        : clip with { HasVideo = IsMade(clip) };

    /// <summary>Returns the clip as finished if its video and its images of predictions exist with the same recipe; otherwise <c>null</c>.</summary>
    public PlannedClip? FindFinished(PlannedClip clip) => IsMade(clip) && clip.GuessPaths.All(path => IsMade(clip, path))
        ? clip with { Finished = Finished(clip, RecipeIn(clip.Path)!) }
        : null;

    /// <summary>Returns whether the video of a clip already exists with the same recipe.</summary>
    public bool IsMade(PlannedClip clip) => IsMade(clip, clip.Path);

    /// <summary>Returns the path of the file that prevents writing a clip; <c>null</c> if there is none.</summary>
    public string? Obstacle(PlannedClip clip) =>
        IsTaken(clip.Path) ? clip.Path
        : clip.Request.Force ? null
        : File.Exists(clip.Path) && !IsMade(clip) ? clip.Path
        : clip.GuessPaths.FirstOrDefault(path => File.Exists(path) && !IsMade(clip, path));

    /// <summary>Returns the recipe in a file if the file may satisfy a request; otherwise <c>null</c>.</summary>
    public Recipe? FindMade(string path, GenerationRequest request)
    {
        var place = request.Exact ? (1, 0) : request.Place;
        var recipe = RecipeIn(path);
        return place is null || place == (recipe?.BatchLength, recipe?.BatchIndex) ? recipe : null;
    }

    /// <summary>Returns the recipe in a file; <c>null</c> if the file does not exist or does not contain a recipe.</summary>
    public Recipe? RecipeIn(string path)
    {
        if (!read.TryGetValue(path, out var recipe) && File.Exists(path))
        {
            read.Add(path, recipe = RecipeText.TryRead(path));
        }

        return recipe;
    }

    /// <summary>Returns the numbers of the candidate names under which videos exist, in ascending order.</summary>
    public IEnumerable<int> Attempts(OutputFile file)
    {
        if (!listed.TryGetValue(file.Folder, out var names))
        {
            names = List(file.Folder);
            listed.Add(file.Folder, names);
        }

        return names.Select(file.AttemptOf).OfType<int>().Distinct().Order();
    }

    /// <summary>Returns whether a file of a clip already exists with the same recipe.</summary>
    public bool IsMade(PlannedClip clip, string path) => clip.Recipe.MakesTheSameAs(FindMade(path, clip.Request));

    /// <summary>
    /// Writes a sampled clip and its image of predictions to new files, or overwrites existing files if requested. If another process has written the same
    /// video in the meantime, writes nothing and returns that video.
    /// </summary>
    /// <param name="recipe">The recipe, including the clip's position in its batch.</param>
    /// <param name="drawGuesses">Function that draws the image of predictions.</param>
    /// <returns>The clip with the path it was written to, or the finished clip.</returns>
    /// <exception cref="TinySoraException">OutputExists, CannotWrite and similar errors.</exception>
    public PlannedClip Write(PlannedClip planned, Recipe recipe, Clip clip, Func<Clip> drawGuesses)
    {
        foreach (var (named, isOffered) in planned.Request.Force ? [(planned, true)] : Names(planned))
        {
            // Another process may have written the same video first. Identical clips within one call are written to separate files.
            var written = isOffered && TryWrite(named, recipe, clip, drawGuesses) ? named
                : planned.Request.Force || planned.HasVideo || (named.Path != planned.Path && IsTaken(named.Path)) ? null
                : FindFinished(named);
            if (written is not null)
            {
                taken.Remove(planned.Path);
                taken.Add(written.Path);
                return written;
            }
        }

        throw Directory.Exists(planned.Path)
            ? MediaErrors.CannotWrite(planned.Path, new IOException("The path is a folder."))
            : GenerationErrors.OutputExists(planned.Path);
    }

    /// <summary>
    /// Returns the candidate names of the clip in order, and whether the clip may be written under each of them: first its own name and then, if this name was
    /// derived from the prompt, numbered names. All processes use the same order, so a video is never written twice.
    /// </summary>
    private IEnumerable<(PlannedClip Named, bool IsOffered)> Names(PlannedClip planned)
    {
        var file = OutputFile.Of(planned.Request);
        if (!file.IsFromPrompt)
        {
            yield return (planned, true);
            yield break;
        }

        var isBefore = true;
        for (var attempt = 1; ; attempt++)
        {
            var path = file.Paths(attempt)[planned.Index];
            var isPlanned = path == planned.Path;
            isBefore &= !isPlanned;
            yield return isPlanned ? (planned, true) : (planned with { Path = path, HasVideo = false }, !isBefore && !IsTaken(path));
        }
    }

    /// <returns>Whether the files were written; <c>false</c> if a file or folder already has one of the names.</returns>
    private bool TryWrite(PlannedClip named, Recipe recipe, Clip clip, Func<Clip> drawGuesses)
    {
        var overwrite = named.Request.Force;
        if (!overwrite && !named.HasVideo && Path.Exists(named.Path))
        {
            return false;
        }

        // Write the image first, so that every video that exists has its image.
        var comment = RecipeText.Write(recipe);
        var guesses = named.NoisyVideoName is null ? named.GuessPath : null;
        if (guesses is not null && !TryWrite(guesses, drawGuesses()) && !IsMade(named, guesses))
        {
            return false;
        }

        if (named.HasVideo && !overwrite)
        {
            return true;
        }

        var isStill = named.Path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
        if (TryWrite(named.Path, isStill ? ContactSheet.Draw([(clip, recipe.Prompt ?? "")]) : clip))
        {
            return true;
        }

        if (guesses is not null && !IsMade(named))
        {
            BusyFile.TryDelete(guesses);
        }

        return false;

        bool TryWrite(string path, Clip picture)
        {
            if (overwrite)
            {
                ClipFile.Write(path, picture, comment);
                return true;
            }

            return ClipFile.TryWriteNew(path, picture, comment);
        }
    }

    private static GeneratedVideo Finished(PlannedClip clip, Recipe made) => new(
        made with { Checkpoint = clip.Recipe.Checkpoint, From = clip.Recipe.From, To = clip.Recipe.To },
        clip.Path, (clip.Plan.Shape.Frames, clip.Plan.Shape.Width, clip.Plan.Shape.Height), TimeSpan.Zero)
    {
        GuessPath = clip.GuessPath,
        UnknownWords = [.. clip.UnknownWords],
        Skipped = true,
    };

    private static IReadOnlyList<string> List(string folder) => OnFailure.Return<IReadOnlyList<string>>([], () =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path))] : []);
}
