using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Generation;

/// <summary>What became of one clip that was asked for: a video, or why there is none. Until it is written it has the sampled clip.</summary>
public sealed record GenerationResult
{
    /// <summary>One clip is written at a time, so that no two calls of this process find the same name free.</summary>
    private static readonly object Writing = new();

    private readonly PlannedClip planned;

    internal GenerationResult(PlannedClip planned) => (this.planned, Video) = (planned, planned.Finished);

    /// <summary>The video, written to its file; null: there is none (yet).</summary>
    public GeneratedVideo? Video { get; private init; }

    /// <summary>The reason why there is no video; null: there is one.</summary>
    public Exception? Failure { get; init; }

    /// <summary>The clip out of the model, while it is not written.</summary>
    internal Clip? Clip { get; init; }

    /// <summary>The place of the clip among those that were sampled together, and their number.</summary>
    internal (int Length, int Index) Place { get; init; }

    /// <summary>What it was guessed to be on the way, and when.</summary>
    internal IReadOnlyList<(Clip Clip, string Caption)> Guesses { get; init; } = [];

    /// <inheritdoc cref="GeneratedVideo.ViolatingTokens"/>
    internal double? ViolatingTokens { get; init; }

    /// <inheritdoc cref="GeneratedVideo.Elapsed"/>
    internal TimeSpan Elapsed { get; init; }

    /// <summary>Writes a sampled clip, with the picture of its guesses; what was there already and what failed stays as it is.</summary>
    /// <exception cref="TinySoraException">DiskFull: to sample the others is of no use.</exception>
    internal GenerationResult Written()
    {
        if (Clip is null)
        {
            return this;
        }

        lock (Writing)
        {
            return Written(Clip);
        }
    }

    private GenerationResult Written(Clip clip)
    {
        var recipe = planned.Recipe with { BatchLength = Place.Length, BatchIndex = Place.Index };
        try
        {
            var free = Free();
            var isStill = free.Path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
            var image = isStill ? ContactSheet.Draw([(clip, recipe.Prompt ?? "")]) : clip;
            if (free.FilmName is null && free.GuessPath is string path)
            {
                ClipFile.Write(path, ContactSheet.Draw(Guesses), RecipeText.Write(recipe));
            }

            ClipFile.Write(free.Path, image, RecipeText.Write(recipe));
            return new(free)
            {
                Video = new(recipe, free.Path, (clip.Frames, clip.Width, clip.Height), Elapsed)
                {
                    UnknownWords = [.. planned.UnknownWords], GuessPath = free.GuessPath, ViolatingTokens = ViolatingTokens,
                },
            };
        }
        catch (TinySoraException e)
        {
            return FileFailure.IsOfFullDisk(e) ? throw GenerationErrors.DiskFull(planned.Path, e) : new(planned) { Failure = e };
        }
    }

    /// <summary>The clip under a name that is free still: while it was made, another call may have written a file of its name.</summary>
    /// <exception cref="TinySoraException">OutputExists: it was to have this name and no other.</exception>
    private PlannedClip Free()
    {
        var disk = new OutputFolders();
        if (disk.Obstacle(planned) is not string obstacle)
        {
            return planned;
        }

        var file = OutputFile.Of(planned.Request);
        return file.IsFromPrompt
            ? Enumerable.Range(1, int.MaxValue).Select(attempt => planned with { Path = file.Paths(attempt)[planned.Index] })
                .First(clip => disk.IsFree(clip.Path) && disk.IsFree(clip.GuessPath))
            : throw GenerationErrors.OutputExists(obstacle);
    }
}
