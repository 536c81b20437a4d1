namespace TinySora.Engine.Evaluation.Captioning;

internal sealed class Track
{
    /// <summary>Maximum distance between an object and its extrapolated position, in frame widths.</summary>
    private const double Farthest = 0.16;

    /// <summary>Maximum ratio of an object's areas in consecutive frames.</summary>
    private const double MaxGrowth = 2.5;

    /// <summary>Maximum time in seconds for which an object may be hidden, for example behind another object.</summary>
    private const double LongestGap = 0.4;

    public List<(int Frame, ForegroundRegion Patch)> Seen { get; } = [];

    private ForegroundRegion Last => Seen[^1].Patch;

    /// <summary>Tracks patches from frame to frame, matching the nearest pairs first.</summary>
    /// <param name="frames">Patches of each frame.</param>
    /// <param name="width">Width of the frame in pixels.</param>
    /// <param name="interval">Seconds between frames.</param>
    public static IReadOnlyList<Track> Follow(IReadOnlyList<IReadOnlyList<ForegroundRegion>> frames, int width, double interval)
    {
        var all = new List<Track>();
        for (var f = 0; f < frames.Count; f++)
        {
            var open = all.Where(track => (f - track.Seen[^1].Frame - 1) * interval <= LongestGap).ToHashSet();
            var free = frames[f].ToHashSet();
            var pairs = from track in open
                        from patch in free
                        let distance = track.Distance(patch, f) / width
                        where distance <= Farthest && track.IsAlike(patch)
                        orderby distance
                        select (track, patch);
            foreach (var (track, patch) in pairs.ToList())
            {
                if (open.Contains(track) && free.Remove(patch))
                {
                    open.Remove(track);
                    track.Seen.Add((f, patch));
                }
            }

            foreach (var patch in frames[f].Where(free.Contains))
            {
                all.Add(new Track { Seen = { (f, patch) } });
            }
        }

        return all;
    }

    /// <summary>Returns the distance in pixels between a patch and the position extrapolated from the last two positions.</summary>
    private double Distance(ForegroundRegion patch, int frame)
    {
        var (x, y) = (Last.X, Last.Y);
        if (Seen.Count > 1)
        {
            var (before, then) = Seen[^2];
            var steps = (double)(frame - Seen[^1].Frame) / (Seen[^1].Frame - before);
            (x, y) = (x + (steps * (x - then.X)), y + (steps * (y - then.Y)));
        }

        // An object that has bounced is near its last position, not near the extrapolated position.
        return Math.Min(Far(patch.X - x, patch.Y - y), Far(patch.X - Last.X, patch.Y - Last.Y));

        static double Far(double dx, double dy) => Math.Sqrt((dx * dx) + (dy * dy));
    }

    /// <summary>Returns whether a patch has a similar area to the last patch of the track. Small patches may differ by a few pixels.</summary>
    private bool IsAlike(ForegroundRegion patch)
    {
        var (small, large) = patch.Area < Last.Area ? (patch.Area, Last.Area) : (Last.Area, patch.Area);
        return large <= (MaxGrowth * small) + 8 || patch.IsCut || Last.IsCut;
    }
}

/// <summary>A connected foreground patch of one frame.</summary>
/// <param name="Pixels">Indices of the patch's pixels, row by row.</param>
/// <param name="X">Column of the center in pixels.</param>
/// <param name="Y">Row of the center in pixels.</param>
/// <param name="IsCut">Whether the patch touches the frame's edge, so that part of the object may be outside.</param>
internal sealed record ForegroundRegion(int[] Pixels, double X, double Y, bool IsCut)
{
    public int Area => Pixels.Length;

    /// <param name="reach">Maximum gap in pixels between pieces that are joined: legs, wheels and a coat form one cyclist.</param>
    /// <param name="minArea">Minimum area of a patch in pixels.</param>
    public static IReadOnlyList<ForegroundRegion> Find(bool[] mask, int height, int width, int reach, int minArea)
    {
        var joined = new float[mask.Length];
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i])
            {
                foreach (var near in BrightObject.Around(i, height, width, reach))
                {
                    joined[near] = 1;
                }
            }
        }

        var (labels, sizes) = BrightObject.Label(joined, height, width);
        var members = sizes.ConvertAll(_ => new List<int>());
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i])
            {
                members[labels[i] - 1].Add(i);
            }
        }

        return [.. members.Where(pixels => pixels.Count >= minArea).Select(pixels => Of([.. pixels], height, width))];
    }

    /// <summary>Returns the pixels of the patch after eroding it by one pixel; empty for small or thin patches.</summary>
    public int[] Inside(int width)
    {
        var all = Pixels.ToHashSet();
        return [.. Pixels.Where(i => all.Contains(i - 1) && all.Contains(i + 1) && all.Contains(i - width) && all.Contains(i + width))];
    }

    private static ForegroundRegion Of(int[] pixels, int height, int width) => new(
        pixels, pixels.Average(i => (i % width) + 0.5), pixels.Average(i => (i / width) + 0.5),
        pixels.Any(i => i / width == 0 || i % width == 0 || i / width == height - 1 || i % width == width - 1));
}
