using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>Content of a clip without cuts. It includes only properties that can be determined reliably from the pixels.</summary>
/// <param name="Things">Moving objects, largest first; then objects at rest on a plain background.</param>
/// <param name="IsComplete">Whether the list is complete, so that the objects can be counted.</param>
/// <param name="Camera">Direction of the camera, such as "right"; <c>null</c> if it is static or unknown.</param>
/// <param name="IsStill">Whether it is certain that nothing moves.</param>
/// <param name="Background">Names of the background's main colors, at most two.</param>
/// <param name="IsPlain">Whether the background is one color.</param>
/// <param name="Brightness">"dark" or "bright"; <c>null</c> for medium brightness.</param>
/// <param name="Shape">Shape of a single object on black: circle, square, triangle or star; <c>null</c> if it is another shape or unknown.</param>
internal sealed record ClipContent(
    IReadOnlyList<SceneObject> Things, bool IsComplete, string? Camera, bool IsStill, IReadOnlyList<string> Background, bool IsPlain, string? Brightness,
    string? Shape)
{
    /// <summary>Minimum area of an object on a plain background, as a fraction of the frame.</summary>
    private const double MinArea = 0.0004;

    /// <summary>Minimum area of an object on an image background, where codecs cause specks, as a fraction of the frame.</summary>
    private const double MinAreaBeforePictures = 0.0012;

    /// <summary>Maximum gap between pieces of one object, as a fraction of the frame width, if the background is an image.</summary>
    private const double Reach = 0.024;

    /// <summary>Fraction of changed pixels in a frame above which the change is attributed to light or the camera, not to an object.</summary>
    private const double MaxArea = 0.5;

    /// <summary>Minimum fraction of the changed pixels that a complete list of objects must explain.</summary>
    private const double Explained = 0.75;

    /// <summary>Minimum fraction of the pixels that a main color of the background must cover.</summary>
    private const double MinShare = 0.2;

    /// <summary>
    /// Minimum area of an object on an image background, as a fraction of the largest object's area. Smaller patches are parts or shadows of that object.
    /// </summary>
    private const double MinOfLargest = 0.05;

    /// <summary>Minimum fraction of frames that must show an object.</summary>
    private const double MinSeen = 0.5;

    /// <summary>Minimum fraction of frames that must show an object that moves far and enters or leaves the frame.</summary>
    private const double MinSeenAndGone = 0.25;
    private const double FarWay = 0.15;

    private const double DarkBelow = 55;
    private const double BrightFrom = 150;

    /// <summary>Minimum number of objects at rest that form a pattern; a background with a pattern is not plain.</summary>
    private const int Pattern = 3;

    /// <summary>Maximum fraction of changed pixels in a still clip.</summary>
    private const double MaxInStill = 0.002;

    /// <summary>Minimum fraction of frames in which the number of objects equals the number of tracks, for the list to be complete.</summary>
    private const double Counted = 0.6;

    /// <param name="clip">RGB, at least one frame, no cuts.</param>
    /// <param name="interval">Seconds between frames.</param>
    public static ClipContent Analyze(Clip clip, double interval)
    {
        var sight = BackgroundModel.FindUniform(clip) is { } plain ? Analyze(clip, interval, plain) : null;
        return sight is null || sight.Things.Count(thing => !thing.Moves) >= Pattern ? Analyze(clip, interval, BackgroundModel.TemporalMedian(clip)) : sight;
    }

    private static ClipContent Analyze(Clip clip, double interval, BackgroundModel backdrop)
    {
        var camera = backdrop.IsPlain ? (0, 0) : Captioning.CameraMotion.Estimate(clip, interval);
        var background = backdrop.IsPlain ? Names([.. backdrop.Pixels.Take(3)]) : Names(backdrop.Pixels);
        var sight = new ClipContent([], false, null, false, background, backdrop.IsPlain, BrightnessOf(clip), null);
        if (camera is not { } way)
        {
            return sight;
        }

        if (way != (0, 0))
        {
            return sight with { Camera = Trajectory.Fit([(0, 0, 0), (1, way.X, way.Y)]).Description, Background = Names(clip.Pixels) };
        }

        return clip.Frames < 3 ? sight : sight.WithThings(clip, backdrop, interval);
    }

    private ClipContent WithThings(Clip clip, BackgroundModel backdrop, double interval)
    {
        var pixels = clip.Height * clip.Width;
        var minArea = (int)Math.Max(4, (IsPlain ? MinArea : MinAreaBeforePictures) * pixels);
        var reach = IsPlain ? 0 : (int)Math.Round(Reach * clip.Width);
        var frames = Enumerable.Range(0, clip.Frames)
            .Select(f => ForegroundRegion.Find(backdrop.Mask(clip.Frame(f)), clip.Height, clip.Width, reach, minArea)).ToList();
        var changed = frames.Sum(patches => patches.Sum(patch => (double)patch.Area));
        if (changed > MaxArea * pixels * clip.Frames)
        {
            return this;
        }

        var things = Track.Follow(frames, clip.Width, interval).Where(track => track.Seen.Count >= Math.Max(3, MinSeenAndGone * clip.Frames))
            .Select(track => (Track: track, Thing: SceneObject.FromTrack(track, clip, backdrop, interval)))
            .Where(t => t.Track.Seen.Count >= MinSeen * clip.Frames || t.Thing.Trajectory.Length >= FarWay)
            .ToList();
        var largest = things.Select(t => t.Thing.Area).DefaultIfEmpty().Max();
        things.RemoveAll(t => !IsPlain && t.Thing.Area < MinOfLargest * largest);
        var explained = things.Sum(t => t.Track.Seen.Sum(s => (double)s.Patch.Area));
        var atOnce = Enumerable.Range(0, clip.Frames).Select(f => things.Count(t => t.Track.Seen[0].Frame <= f && t.Track.Seen[^1].Frame >= f)).ToList();
        var counted = frames.Where((patches, f) => patches.Count == atOnce[f]).Count();
        var all = things.Select(t => t.Thing).Where(t => t.Moves || IsPlain).OrderByDescending(t => t.Moves).ThenByDescending(t => t.Area).ToList();
        return this with
        {
            Things = all,
            IsComplete = explained >= Explained * changed && atOnce.Max() == things.Count && (!IsPlain || counted >= Counted * clip.Frames)
                && (all.Count < 2 || all.TrueForAll(t => t.Motion is not null || !t.Moves)),
            IsStill = Changed(clip) <= MaxInStill,
            Shape = IsPlain && all.Count == 1 ? ShapesChecker.Check(clip).Shape : null,
        };
    }

    /// <summary>Returns the fraction of pixels that differ from the first frame in at least one other frame.</summary>
    private static double Changed(Clip clip)
    {
        var changed = new bool[clip.Height * clip.Width];
        var first = new BackgroundModel(clip.Frame(0).ToArray(), clip.Height, clip.Width, IsPlain: false);
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

    /// <summary>Returns the color names that cover many pixels; several shades of gray share one name.</summary>
    private static IReadOnlyList<string> Names(byte[] pixels)
    {
        var counts = new Dictionary<string, int>();
        var step = 3 * Math.Max(1, pixels.Length / 3 / 20_000);
        var total = 0;
        for (var i = 0; i < pixels.Length; i += step)
        {
            total++;
            if (ColorName.Find(pixels[i], pixels[i + 1], pixels[i + 2]) is { } name)
            {
                counts[name] = counts.GetValueOrDefault(name) + 1;
            }
        }

        var main = counts.Where(c => c.Value >= MinShare * total).OrderByDescending(c => c.Value).Select(c => c.Key).ToList();
        var greys = main.Where(name => name.EndsWith("grey", StringComparison.Ordinal)).ToList();
        return greys.Count < 2 ? [.. main.Take(2)] : [.. main.Select(name => greys.Contains(name) ? "grey" : name).Distinct().Take(2)];
    }

    /// <summary>Returns the word for the mean brightness of all pixels; <c>null</c> for medium brightness.</summary>
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
