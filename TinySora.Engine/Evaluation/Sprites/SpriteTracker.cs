using TinySora.Engine.Data.Sprites;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>Follows things of one kind through the frames of a clip.</summary>
internal static class SpriteTracker
{
    /// <summary>Sizes relative to the first frame, and rotations in degrees, that are searched in each frame.</summary>
    private static readonly double[] Sizes = [.. Enumerable.Range(-7, 15).Select(k => Math.Pow(1.17, k))];
    private static readonly double[] Turns = [.. Enumerable.Range(1, 11).Select(k => 30.0 * k)];

    /// <summary>Number of steps to fit a pose, and to fit another picture in its place.</summary>
    private const int Steps = 5;
    private const int ReplacedSteps = 3;

    /// <summary>Factor by which a turned picture has to fit better than an upright one.</summary>
    private const double TurnAdvantage = 1.05;

    /// <summary>Minimum opacity of things.</summary>
    private const double MinOpacity = 0.03;

    /// <summary>Returns the fits of each thing in each frame.</summary>
    /// <param name="frames">Frames, whose backgrounds may contain other things.</param>
    /// <param name="first">Things in the first frame with the same picture.</param>
    public static List<SpriteFit[]> Follow(IReadOnlyList<SpriteFrame> frames, IReadOnlyList<SpriteFit> first, SpriteFitter fitter)
    {
        var (sprite, size) = (first[0].Sprite, first.Average(fit => fit.Pose.Size));
        var tracks = first.Select(fit => new SpriteFit[frames.Count]).ToList();
        for (var i = 0; i < first.Count; i++)
        {
            tracks[i][0] = first[i];
        }

        if (frames.Count == 1)
        {
            return tracks;
        }

        var found = Search([.. frames.Skip(1)], sprite, size);
        for (var f = 1; f < frames.Count; f++)
        {
            var previous = tracks.ConvertAll(track => track[f - 1]);
            var fits = Candidates(frames[f], found[f - 1], previous, fitter);
            var order = Permutations(first.Count).MinBy(order => order.Select((from, to) => Distance(previous[to].Pose, fits[from].Pose)).Sum())!;
            for (var i = 0; i < tracks.Count; i++)
            {
                tracks[i][f] = fits[order[i]];
            }
        }

        return tracks;
    }

    /// <summary>Returns the fits of another picture in the same places.</summary>
    /// <param name="first">Fit of the other picture to the first frame.</param>
    public static SpriteFit[] Replace(IReadOnlyList<SpriteFrame> frames, SpriteFit[] track, SpriteFit first, SpriteFitter fitter)
    {
        var ratio = first.Pose.Size / track[0].Pose.Size;
        return [.. track.Select((fit, f) => f == 0 ? first : fitter.Refine(
            frames[f], first.Sprite, fit.Pose with { Size = ratio * fit.Pose.Size }, ReplacedSteps, fit.Pose.Degrees != 0, MinOpacity))];
    }

    /// <summary>Returns poses of the picture in each frame, from the best.</summary>
    private static List<(float Score, SpritePose Pose)>[] Search(IReadOnlyList<SpriteFrame> frames, Sprite sprite, double size)
    {
        var entries = Sizes.Select(ratio => (sprite, Size: size * ratio, Degrees: 0.0)).Concat(Turns.Select(turn => (sprite, Size: size, Degrees: turn)))
            .Where(entry => entry.Size is > 0.06 and < 1);
        var poses = frames.Select(_ => new List<(float Score, SpritePose Pose)>()).ToArray();
        foreach (var group in entries.GroupBy(entry => SpriteBank.GridFor(entry.Size)))
        {
            using var bank = new SpriteBank([.. group]);
            var (scores, cells) = (bank.Score(frames, 0), bank.Grid * bank.Grid);
            for (var n = 0; n < bank.Entries.Count; n++)
            {
                var (_, scale, degrees) = bank.Entries[n];
                for (var f = 0; f < frames.Count; f++)
                {
                    for (var i = 0; i < cells; i++)
                    {
                        if (scores[(((f * bank.Entries.Count) + n) * cells) + i] is > 0 and var score)
                        {
                            poses[f].Add((score, new(((i % bank.Grid) + 0.5) / bank.Grid, ((i / bank.Grid) + 0.5) / bank.Grid, scale, degrees)));
                        }
                    }
                }
            }
        }

        foreach (var found in poses)
        {
            found.Sort((a, b) => b.Score.CompareTo(a.Score));
        }

        return poses;
    }

    /// <summary>Returns as many fits as there were things in the previous frame. A thing that is not found keeps its pose.</summary>
    private static List<SpriteFit> Candidates(
        SpriteFrame frame, List<(float Score, SpritePose Pose)> found, List<SpriteFit> previous, SpriteFitter fitter)
    {
        var sprite = previous[0].Sprite;
        var starts = new List<SpritePose>();
        foreach (var (_, pose) in found)
        {
            // Several starts for each thing: of its best size and rotation, and of others.
            if (starts.Count(start => IsNear(start, pose)) < 2 && !starts.Exists(start => IsNear(start, pose) && start.Degrees == pose.Degrees))
            {
                starts.Add(pose);
                if (starts.Count == (2 * previous.Count) + 2)
                {
                    break;
                }
            }
        }

        var fits = starts.ConvertAll(start => fitter.Refine(frame, sprite, start, Steps, start.Degrees != 0, MinOpacity));
        fits.AddRange(previous.Select(fit => fitter.Refine(frame, sprite, fit.Pose, Steps, fit.Pose.Degrees != 0, MinOpacity)));
        var chosen = new List<SpriteFit>();
        foreach (var fit in fits.OrderByDescending(fit => fit.Pose.Degrees == 0 ? fit.Score * TurnAdvantage : fit.Score))
        {
            if (chosen.Count < previous.Count && fit.Gain > 0 && !chosen.Exists(other => IsNear(other.Pose, fit.Pose)))
            {
                chosen.Add(fit);
            }
        }

        for (var i = 0; chosen.Count < previous.Count; i++)
        {
            chosen.Add(fitter.Measure(frame, sprite, previous[i].Pose, 0));
        }

        return chosen;
    }

    private static bool IsNear(SpritePose a, SpritePose b) => Distance(a, b) < Math.Pow(Math.Min(a.Size, b.Size) / 2, 2);

    private static double Distance(SpritePose a, SpritePose b) => ((a.X - b.X) * (a.X - b.X)) + ((a.Y - b.Y) * (a.Y - b.Y));

    private static IEnumerable<int[]> Permutations(int count) => count == 0 ? [[]]
        : Permutations(count - 1).SelectMany(order => Enumerable.Range(0, count).Select(i => (int[])[.. order[..i], count - 1, .. order[i..]]));
}
