using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>
/// Determines the content of a clip from a sprite world, based on its pixels. Things are found in the first frame, where none is turned, by fitting all
/// pictures; then they are followed through the clip. The noun is that of the picture that fits best in all frames.
/// </summary>
/// <param name="sprites">All pictures of the world.</param>
public sealed class SpriteChecker(IReadOnlyList<Sprite> sprites) : IDisposable
{
    /// <summary>Minimum fraction of the difference from the background that the picture explains.</summary>
    private const double MinShare = 0.5;

    /// <summary>Minimum margin between the scores of the best picture and the next one.</summary>
    private const double MinMargin = 0.005;

    /// <summary>Minimum score of several things with the same noun, as a fraction of their score with the best noun for each.</summary>
    private const double SameNoun = 0.97;

    /// <summary>Maximum ratio of the sizes of things with the same noun.</summary>
    private const double SameSize = 1.35;

    /// <summary>Number of nouns that are compared in all frames.</summary>
    private const int Finalists = 4;

    private readonly SpriteFinder finder = new(sprites);

    /// <param name="clip">Clip whose height and width are equal; others are scaled.</param>
    /// <param name="requested">Requested content, which determines which of two things is named first; <c>null</c> for any order.</param>
    public SpriteSighting Check(Clip clip, SpriteMeaning? requested = null)
    {
        var size = Math.Max(clip.Height, clip.Width);
        clip = Resample.ToChannels(clip, 3);
        var fitter = new SpriteFitter(size);
        foreach (var frames in SpriteBackdrop.Split(clip.Height == clip.Width ? clip : Resample.Resize(clip, size, size)))
        {
            if (finder.Find(frames[0], fitter) is { Count: > 0 } things)
            {
                return Describe(frames, things, fitter, requested);
            }
        }

        return new SpriteSighting(0, null, null, null, null);
    }

    public void Dispose() => finder.Dispose();

    private static SpriteSighting Describe(SpriteFrame[] frames, List<List<SpriteFit>> things, SpriteFitter fitter, SpriteMeaning? requested)
    {
        if (Common(things) is { } common)
        {
            var (noun, tracks) = Identify(frames, common, fitter);
            var motion = SpriteSpin.Shows(frames, tracks, fitter) ? SpriteMotion.Spinning : SpriteJudge.Motion(Poses(tracks));
            return new SpriteSighting(things.Count, noun, motion, null, null);
        }

        var seen = new List<(string? Noun, SpritePose[] Poses)>();
        foreach (var thing in things)
        {
            var (noun, tracks) = Identify(frames, [.. thing.Take(Finalists).Select(fit => (SpriteFit[])[fit])], fitter);
            seen.Add((noun, Poses(tracks)[0]));
            frames = [.. frames.Zip(tracks[0], fitter.With)];
        }

        if (seen.Count != 2)
        {
            return new SpriteSighting(seen.Count, seen[0].Noun, null, seen[1].Noun, null);
        }

        var isReversed = seen[1].Noun is { } name && (name == requested?.Noun || seen[0].Noun == requested?.Other);
        var (first, second) = isReversed ? (seen[1], seen[0]) : (seen[0], seen[1]);
        var relation = SpriteJudge.Relation(first.Poses, second.Poses);
        if (relation is null && first.Noun != requested?.Noun)
        {
            (first, second) = (second, first);
            relation = SpriteJudge.Relation(first.Poses, second.Poses);
        }

        return new SpriteSighting(2, first.Noun, null, second.Noun, relation);
    }

    /// <summary>Returns fits of the same noun to all things, for the best few nouns; <c>null</c> if the things differ.</summary>
    private static List<SpriteFit[]>? Common(List<List<SpriteFit>> things)
    {
        if (things.Max(thing => thing[0].Pose.Size) > SameSize * things.Min(thing => thing[0].Pose.Size))
        {
            return null;
        }

        var shared = things[0].Select(fit => things.ConvertAll(thing => thing.Find(other => other.Sprite.Name.Noun == fit.Sprite.Name.Noun)))
            .Where(fits => fits.TrueForAll(fit => fit.Sprite is not null)).OrderByDescending(fits => fits.Sum(fit => fit.Score)).Take(Finalists).ToList();
        var isSame = things.Count == 1 || (shared.Count > 0 && shared[0].Sum(fit => fit.Score) >= SameNoun * things.Sum(thing => thing[0].Score));
        return isSame ? shared.ConvertAll(fits => fits.ToArray()) : null;
    }

    /// <summary>
    /// Follows things with the same noun, and returns the noun that fits best in all frames; <c>null</c> if none is clearly best.
    /// </summary>
    /// <param name="candidates">Fits to the first frame for each noun, from the best.</param>
    private static (string? Noun, List<SpriteFit[]> Tracks) Identify(SpriteFrame[] frames, List<SpriteFit[]> candidates, SpriteFitter fitter)
    {
        var tracks = SpriteTracker.Follow(frames, candidates[0], fitter);
        var all = candidates.Select((fits, c) => c == 0 ? tracks : [.. fits.Select((fit, i) => SpriteTracker.Replace(frames, tracks[i], fit, fitter))])
            .OrderByDescending(Score).ToList();
        var best = all[0];
        var share = best.Sum(track => track.Sum(fit => fit.Gain)) / best.Sum(track => track.Sum(fit => fit.Energy));
        var isClear = share >= MinShare && (all.Count == 1 || Score(best) - Score(all[1]) >= MinMargin * Score(best));
        return (isClear ? best[0][0].Sprite.Name.Noun : null, best);

        static double Score(List<SpriteFit[]> tracks) => tracks.Sum(track => track.Sum(fit => fit.Score));
    }

    private static List<SpritePose[]> Poses(List<SpriteFit[]> tracks) => tracks.ConvertAll(track => Array.ConvertAll(track, fit => fit.Pose));
}

/// <summary>The content of a clip in the words of a sprite world; a property is <c>null</c> if the pixels are inconclusive.</summary>
/// <param name="Count">Number of things.</param>
/// <param name="Noun">Name of the thing, or of the first of two things.</param>
/// <param name="Motion">What the things do if they have the same noun.</param>
/// <param name="Other">Name of the second of two different things.</param>
/// <param name="Relation">Relation of two different things.</param>
public sealed record SpriteSighting(int Count, string? Noun, SpriteMotion? Motion, string? Other, SpriteRelation? Relation);
