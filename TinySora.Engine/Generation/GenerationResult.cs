using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Generation;

/// <summary>What became of one clip that was asked for: a video, or why there is none. Until it is written it has the sampled clip.</summary>
public sealed record GenerationResult
{
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
    internal GenerationResult Written()
    {
        if (Clip is null)
        {
            return this;
        }

        var recipe = planned.Recipe with { BatchLength = Place.Length, BatchIndex = Place.Index };
        try
        {
            var isStill = planned.Path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
            var image = isStill ? ContactSheet.Draw([(Clip, recipe.Prompt ?? "")]) : Clip;
            if (planned.FilmName is null && planned.GuessPath is string path)
            {
                ClipFile.Write(path, ContactSheet.Draw(Guesses), RecipeText.Write(recipe));
            }

            ClipFile.Write(planned.Path, image, RecipeText.Write(recipe));
            return new(planned)
            {
                Video = new(recipe, planned.Path, (Clip.Frames, Clip.Width, Clip.Height), Elapsed)
                {
                    UnknownWords = [.. planned.UnknownWords], GuessPath = planned.GuessPath, ViolatingTokens = ViolatingTokens,
                },
            };
        }
        catch (TinySoraException e)
        {
            return new(planned) { Failure = e };
        }
    }
}
