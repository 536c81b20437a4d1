using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>What a clip without cuts shows, as far as its pixels tell for sure.</summary>
/// <param name="Things">Those that move, the largest first; then those that rest on a plain background.</param>
/// <param name="IsComplete">Whether those are all, so that they may be counted.</param>
/// <param name="Camera">Where the camera goes, "right"; null: it rests, or that is not known.</param>
/// <param name="IsStill">Whether surely nothing moves.</param>
/// <param name="Background">The names of its main colours, at most two.</param>
/// <param name="IsPlain">Whether the background is one colour.</param>
/// <param name="Brightness">"dark" or "bright"; null: neither.</param>
/// <param name="Shape">Of a single thing on black: circle, square, triangle or star; null: another, or not known.</param>
internal sealed record ClipSight(
    IReadOnlyList<Thing> Things, bool IsComplete, string? Camera, bool IsStill, IReadOnlyList<string> Background, bool IsPlain, string? Brightness,
    string? Shape)
{
    /// <summary>The least area of a thing as a share of the frame, on plain backgrounds and before pictures, where codecs leave specks.</summary>
    private const double LeastArea = 0.0004;
    private const double LeastAreaBeforePictures = 0.0012;

    /// <summary>Over this share of the width pieces before a picture are taken for one thing.</summary>
    private const double Reach = 0.024;

    /// <summary>The share of the frame above which what changes is no thing: the light, or the camera.</summary>
    private const double MostArea = 0.5;

    /// <summary>The share of the changed pixels that the things have to explain to be all there are.</summary>
    private const double Explained = 0.75;

    /// <summary>The share of the pixels that a main colour of the background has at least.</summary>
    private const double LeastShare = 0.2;

    /// <summary>Before a picture what is smaller than this share of the largest thing is a piece of it, or its shadow.</summary>
    private const double LeastOfLargest = 0.05;

    /// <summary>The share of the frames that a thing is seen in at least; one that comes or goes, if it moves far.</summary>
    private const double LeastSeen = 0.5;
    private const double LeastSeenAndGone = 0.25;
    private const double FarWay = 0.15;

    private const double DarkBelow = 55;
    private const double BrightFrom = 150;

    /// <summary>The number of things at rest from which on they are a pattern, and the background is no plain one.</summary>
    private const int Pattern = 3;

    /// <summary>The share of the pixels that change in a clip in which nothing moves.</summary>
    private const double MostInStill = 0.002;

    /// <summary>The share of the frames that show as many things as were followed, where those are all.</summary>
    private const double Counted = 0.6;

    /// <param name="clip">RGB, at least one frame, and no cut.</param>
    /// <param name="interval">Seconds from frame to frame.</param>
    public static ClipSight Of(Clip clip, double interval)
    {
        var sight = Backdrop.Plain(clip) is { } plain ? Of(clip, interval, plain) : null;
        return sight is null || sight.Things.Count(thing => !thing.Moves) >= Pattern ? Of(clip, interval, Backdrop.Picture(clip)) : sight;
    }

    private static ClipSight Of(Clip clip, double interval, Backdrop backdrop)
    {
        var camera = backdrop.IsPlain ? (0, 0) : Captioning.Camera.Way(clip, interval);
        var background = backdrop.IsPlain ? Names([.. backdrop.Pixels.Take(3)]) : Names(backdrop.Pixels);
        var sight = new ClipSight([], false, null, false, background, backdrop.IsPlain, BrightnessOf(clip), null);
        if (camera is not { } way)
        {
            return sight;
        }

        if (way != (0, 0))
        {
            return sight with { Camera = Way.Of([(0, 0, 0), (1, way.X, way.Y)]).Words, Background = Names(clip.Pixels) };
        }

        return clip.Frames < 3 ? sight : sight.WithThings(clip, backdrop, interval);
    }

    private ClipSight WithThings(Clip clip, Backdrop backdrop, double interval)
    {
        var pixels = clip.Height * clip.Width;
        var leastArea = (int)Math.Max(4, (IsPlain ? LeastArea : LeastAreaBeforePictures) * pixels);
        var reach = IsPlain ? 0 : (int)Math.Round(Reach * clip.Width);
        var frames = Enumerable.Range(0, clip.Frames)
            .Select(f => Patch.Find(backdrop.Mask(clip.Frame(f)), clip.Height, clip.Width, reach, leastArea)).ToList();
        var changed = frames.Sum(patches => patches.Sum(patch => (double)patch.Area));
        if (changed > MostArea * pixels * clip.Frames)
        {
            return this;
        }

        var things = Track.Follow(frames, clip.Width, interval).Where(track => track.Seen.Count >= Math.Max(3, LeastSeenAndGone * clip.Frames))
            .Select(track => (Track: track, Thing: Thing.Of(track, clip, backdrop, interval)))
            .Where(t => t.Track.Seen.Count >= LeastSeen * clip.Frames || t.Thing.Way.Length >= FarWay)
            .ToList();
        var largest = things.Select(t => t.Thing.Area).DefaultIfEmpty().Max();
        things.RemoveAll(t => !IsPlain && t.Thing.Area < LeastOfLargest * largest);
        var explained = things.Sum(t => t.Track.Seen.Sum(s => (double)s.Patch.Area));
        var atOnce = Enumerable.Range(0, clip.Frames).Select(f => things.Count(t => t.Track.Seen[0].Frame <= f && t.Track.Seen[^1].Frame >= f)).ToList();
        var counted = frames.Where((patches, f) => patches.Count == atOnce[f]).Count();
        var all = things.Select(t => t.Thing).Where(t => t.Moves || IsPlain).OrderByDescending(t => t.Moves).ThenByDescending(t => t.Area).ToList();
        return this with
        {
            Things = all,
            IsComplete = explained >= Explained * changed && atOnce.Max() == things.Count && (!IsPlain || counted >= Counted * clip.Frames)
                && (all.Count < 2 || all.TrueForAll(t => t.Motion is not null || !t.Moves)),
            IsStill = Changed(clip) <= MostInStill,
            Shape = IsPlain && all.Count == 1 ? ShapesChecker.Check(clip).Shape : null,
        };
    }

    /// <summary>The share of the pixels that differ in some frame from the first.</summary>
    private static double Changed(Clip clip)
    {
        var changed = new bool[clip.Height * clip.Width];
        var first = new Backdrop(clip.Frame(0).ToArray(), clip.Height, clip.Width, IsPlain: false);
        for (var f = 1; f < clip.Frames; f++)
        {
            var mask = first.Mask(clip.Frame(f));
            for (var i = 0; i < mask.Length; i++)
            {
                changed[i] |= mask[i];
            }
        }

        return (double)changed.Count(c => c) / changed.Length;
    }

    /// <summary>The names that many pixels have; shades of grey are one name where there are several.</summary>
    private static IReadOnlyList<string> Names(byte[] pixels)
    {
        var counts = new Dictionary<string, int>();
        var step = 3 * Math.Max(1, pixels.Length / 3 / 20_000);
        var total = 0;
        for (var i = 0; i < pixels.Length; i += step)
        {
            total++;
            if (ColourWord.Of(pixels[i], pixels[i + 1], pixels[i + 2]) is { } name)
            {
                counts[name] = counts.GetValueOrDefault(name) + 1;
            }
        }

        var main = counts.Where(c => c.Value >= LeastShare * total).OrderByDescending(c => c.Value).Select(c => c.Key).ToList();
        var greys = main.Where(name => name.EndsWith("grey", StringComparison.Ordinal)).ToList();
        return greys.Count < 2 ? [.. main.Take(2)] : [.. main.Select(name => greys.Contains(name) ? "grey" : name).Distinct().Take(2)];
    }

    /// <summary>The word for the mean brightness of all pixels; null for a middling one.</summary>
    private static string? BrightnessOf(Clip clip)
    {
        var sum = 0L;
        for (var i = 0; i < clip.Pixels.Length; i += 3)
        {
            sum += (299 * clip.Pixels[i]) + (587 * clip.Pixels[i + 1]) + (114 * clip.Pixels[i + 2]);
        }

        var mean = sum / 1000.0 / (clip.Pixels.Length / 3);
        return mean < DarkBelow ? "dark" : mean >= BrightFrom ? "bright" : null;
    }
}
