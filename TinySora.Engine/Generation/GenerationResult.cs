using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Generation;

/// <summary>What became of one clip that was asked for: a video, or why there is none. Until it is written it has the sampled clip.</summary>
public sealed record GenerationResult
{
    private readonly PlannedClip planned;

    internal GenerationResult(PlannedClip planned) => (this.planned, Video) = (planned, planned.Finished);

    /// <summary>The request that the clip belongs to, the very object.</summary>
    public GenerationRequest Request => planned.Request;

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

    /// <summary>
    /// Writes a sampled clip, with the picture of its guesses, to a file that nothing else has, unless the request overwrites; what was there already
    /// and what failed stays as it is. If another process has meanwhile written the same video, that one is the result.
    /// </summary>
    /// <exception cref="TinySoraException">DiskFull: to sample the others is of no use.</exception>
    internal GenerationResult Written(OutputFolders files)
    {
        if (Clip is null)
        {
            return this;
        }

        try
        {
            return Written(Clip, files);
        }
        catch (TinySoraException e)
        {
            return FileFailure.IsOfFullDisk(e) ? throw GenerationErrors.DiskFull(planned.Path, e) : new(planned) { Failure = e };
        }
    }

    private GenerationResult Written(Clip clip, OutputFolders files)
    {
        var recipe = planned.Recipe with { BatchLength = Place.Length, BatchIndex = Place.Index };
        foreach (var (named, isOffered) in planned.Request.Force ? [(planned, true)] : Names(files))
        {
            if (FindFinished(named) is GenerationResult made)
            {
                return made;
            }

            if (isOffered && TryWrite(named, clip, recipe, files))
            {
                files.Move(planned.Path, named.Path);
                return new(named)
                {
                    Video = new(recipe, named.Path, (clip.Frames, clip.Width, clip.Height), Elapsed)
                    {
                        UnknownWords = [.. planned.UnknownWords], GuessPath = named.GuessPath, ViolatingTokens = ViolatingTokens,
                    },
                };
            }

            // Another process may have been faster by a moment, with the same video.
            if (FindFinished(named) is GenerationResult faster)
            {
                return faster;
            }
        }

        throw Directory.Exists(planned.Path)
            ? MediaErrors.CannotWrite(planned.Path, new IOException("It is a folder."))
            : GenerationErrors.OutputExists(planned.Path);

        GenerationResult? FindFinished(PlannedClip named)
        {
            // Clips of the same call that are alike have a file each.
            if (planned.Request.Force || planned.HasVideo || (named.Path != planned.Path && files.IsTaken(named.Path))
                || files.FindFinished(named) is not PlannedClip finished)
            {
                return null;
            }

            files.Move(planned.Path, named.Path);
            return new(finished);
        }
    }

    /// <summary>
    /// The names that the clip may have, in order, and whether it may be written under each of them if nothing has it: its own, and if that was made of the
    /// prompt those of other attempts. Every process goes through them in this order, so that none writes a second file of a video that another one has
    /// written.
    /// </summary>
    private IEnumerable<(PlannedClip Named, bool IsOffered)> Names(OutputFolders files)
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
            yield return isPlanned ? (planned, true) : (planned with { Path = path, HasVideo = false }, !isBefore && !files.IsTaken(path));
        }
    }

    /// <returns><c>false</c> if something has one of the names.</returns>
    private bool TryWrite(PlannedClip named, Clip clip, Recipe recipe, OutputFolders files)
    {
        var overwrite = planned.Request.Force;
        if (!overwrite && !named.HasVideo && Path.Exists(named.Path))
        {
            return false;
        }

        // The picture first: a video that is there has its picture.
        var comment = RecipeText.Write(recipe);
        var guesses = named.FilmName is null ? named.GuessPath : null;
        if (guesses is not null && !TryWrite(guesses, ContactSheet.Draw(Guesses)) && !files.IsMade(named, guesses))
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

        if (guesses is not null && !files.IsMade(named))
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
}
