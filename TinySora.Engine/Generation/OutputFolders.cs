using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Generation;

/// <summary>The files of requests that follow each other: which are spoken for, and what those hold that were there before.</summary>
internal sealed class OutputFolders
{
    private readonly HashSet<string> taken = new(PathComparer.Of);

    // Each folder is listed, and each file read, once: a table may have thousands of rows of one prompt.
    private readonly Dictionary<string, IReadOnlyList<string>> listed = [];
    private readonly Dictionary<string, Recipe?> read = [];

    /// <summary>Whether another request is to write the path.</summary>
    public bool IsTaken(string path) => taken.Contains(path);

    public void Take(IEnumerable<string> paths) => taken.UnionWith(paths);

    /// <summary>Records that a request got another path than the one that it was planned for, which others may have then.</summary>
    public void Move(string planned, string path)
    {
        taken.Remove(planned);
        taken.Add(path);
    }

    /// <summary>Nobody asked for this file, and it is not there.</summary>
    public bool IsFree(string? path) => path is null || !(IsTaken(path) || Path.Exists(path));

    /// <summary>A clip whose files are there is finished; files that were made otherwise, or are being made, are in its way.</summary>
    /// <exception cref="TinySoraException">OutputExists.</exception>
    public PlannedClip Look(PlannedClip clip) =>
        clip.Request.Force ? clip
        : FindFinished(clip) is PlannedClip finished ? finished
        : Obstacle(clip) is string obstacle ? throw GenerationErrors.OutputExists(obstacle, !IsTaken(obstacle))
        : clip with { HasVideo = IsMade(clip) };

    /// <summary>The clip with its video, if that exists, made by the same recipe, with the pictures of its guesses; otherwise <c>null</c>.</summary>
    public PlannedClip? FindFinished(PlannedClip clip) => IsMade(clip) && clip.GuessPaths.All(path => IsMade(clip, path))
        ? clip with { Finished = Finished(clip, RecipeIn(clip.Path)!) }
        : null;

    /// <summary>Whether the clip's video exists, made by the same recipe.</summary>
    public bool IsMade(PlannedClip clip) => IsMade(clip, clip.Path);

    /// <summary>What is in the way of a clip; null: nothing.</summary>
    public string? Obstacle(PlannedClip clip) =>
        IsTaken(clip.Path) ? clip.Path
        : clip.Request.Force ? null
        : File.Exists(clip.Path) && !IsMade(clip) ? clip.Path
        : clip.GuessPaths.FirstOrDefault(path => File.Exists(path) && !IsMade(clip, path));

    /// <summary>The recipe of a file that may be what a request asks for; null: there is none.</summary>
    public Recipe? FindMade(string path, GenerationRequest request)
    {
        var place = request.Exact ? (1, 0) : request.Place;
        var recipe = RecipeIn(path);
        return place is null || place == (recipe?.BatchLength, recipe?.BatchIndex) ? recipe : null;
    }

    /// <summary>The recipe of a file; null: it has none, or there is no file.</summary>
    public Recipe? RecipeIn(string path)
    {
        if (!read.TryGetValue(path, out var recipe) && File.Exists(path))
        {
            try
            {
                recipe = RecipeText.Read(path);
            }
            catch (TinySoraException)
            {
                recipe = null;
            }

            read.Add(path, recipe);
        }

        return recipe;
    }

    /// <summary>Attempts at a name of which there is a video, in order.</summary>
    public IEnumerable<int> Attempts(OutputFile file)
    {
        if (!listed.TryGetValue(file.Folder, out var names))
        {
            names = List(file.Folder);
            listed.Add(file.Folder, names);
        }

        return names.Select(file.AttemptOf).OfType<int>().Distinct().Order();
    }

    /// <summary>Whether a file that belongs to the clip exists, made by the same recipe.</summary>
    public bool IsMade(PlannedClip clip, string path) => clip.Recipe.MakesTheSameAs(FindMade(path, clip.Request));

    private static GeneratedVideo Finished(PlannedClip clip, Recipe made) => new(
        made with { Checkpoint = clip.Recipe.Checkpoint, From = clip.Recipe.From, To = clip.Recipe.To },
        clip.Path, (clip.Plan.Shape.Frames, clip.Plan.Shape.Width, clip.Plan.Shape.Height), TimeSpan.Zero)
    {
        GuessPath = clip.GuessPath,
        UnknownWords = [.. clip.UnknownWords],
        Skipped = true,
    };

    private static IReadOnlyList<string> List(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path))] : [];
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return [];
        }
    }
}
