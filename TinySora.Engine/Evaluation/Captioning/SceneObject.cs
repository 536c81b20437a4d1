using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>A foreground object of a clip. Properties that are uncertain are <c>null</c>.</summary>
/// <param name="Color">Name of the object's color; <c>null</c> if the object has several colors, or one without a name.</param>
/// <param name="LastColor">Name of the object's color at the end; also <c>null</c> if the background is an image, where light and shadow change
/// colors.</param>
/// <param name="Trajectory">Path of the object's center.</param>
/// <param name="Growth">Ratio of the object's last diameter to its first; 1 if unknown.</param>
/// <param name="Area">Area as a fraction of the frame, averaged over the frames that show the object.</param>
internal sealed record SceneObject(string? Color, string? LastColor, Trajectory Trajectory, double Growth, double Area)
{
    /// <summary>Minimum growth factor of a growing object, and minimum inverse of the growth factor of a shrinking one.</summary>
    private const double MinGrowth = 1.3;

    /// <summary>Minimum growth factor, or inverse growth factor, of an object that also moves.</summary>
    private const double MinGrowthOnTheWay = 1.6;

    /// <summary>Minimum path length in frame widths of a moving object, even without a recognizable direction.</summary>
    private const double MinWay = 0.1;

    /// <summary>Maximum path length in frame widths of an object at rest. It is not zero, because the center of a growing triangle moves a little.</summary>
    private const double Rests = 0.07;

    /// <summary>
    /// Maximum OKLab distance of most pixels from the median color, for an object that has one color. The difference in lightness counts half.
    /// </summary>
    private const double ColorSpread = 0.1;

    /// <summary>Minimum fraction of pixels near the median color, for an object that has one color.</summary>
    private const double ColorShare = 0.6;

    public bool Moves => Motion is not null || Trajectory.Length >= MinWay;

    private bool Grows => Math.Max(Growth, 1 / Growth) >= MinGrowth;

    /// <summary>Motion of the object, such as "moving right" or "growing"; <c>null</c> if uncertain.</summary>
    public string? Motion
    {
        get
        {
            var growing = Growth > 1 ? "growing" : "shrinking";
            return Trajectory.Description is { } way
                ? $"moving {way}" + (Math.Max(Growth, 1 / Growth) >= MinGrowthOnTheWay ? $" and {growing}" : "")
                : Trajectory.Length >= Rests ? null : Grows ? growing
                : Color is not null && LastColor is not null && Color != LastColor ? $"turning {LastColor}" : null;
        }
    }

    /// <param name="track">Track of at least two frames.</param>
    /// <param name="interval">Seconds between frames.</param>
    public static SceneObject FromTrack(Track track, Clip clip, BackgroundModel backdrop, double interval)
    {
        var whole = track.Seen.Where(s => !s.Patch.IsCut).ToList();
        var isWhole = whole.Count >= Math.Max(3, 0.4 * track.Seen.Count);
        var points = (isWhole ? whole : track.Seen).ConvertAll(s => (s.Frame * interval, s.Patch.X / clip.Width, s.Patch.Y / clip.Width));
        var third = Math.Max(1, track.Seen.Count / 3);
        var (color, first, last) = (
            ColorOf(track.Seen, clip, backdrop), ColorOf(track.Seen[..third], clip, backdrop), ColorOf(track.Seen[^third..], clip, backdrop));
        return new SceneObject(
            first != last && backdrop.IsPlain ? first : color, backdrop.IsPlain ? last : null, Trajectory.Fit(points),
            isWhole && whole.Count >= 0.8 * track.Seen.Count ? GrowthOf(whole) : 1,
            track.Seen.Average(s => (double)s.Patch.Area) / (clip.Width * clip.Height));
    }

    /// <summary>Returns the growth factor, fitted by least squares; 1 if the growth is not steady.</summary>
    private static double GrowthOf(List<(int Frame, ForegroundRegion Patch)> seen)
    {
        var line = LineFit.Fit(seen.ConvertAll(s => ((double)s.Frame, Math.Log(s.Patch.Area) / 2)));
        var total = line.Slope * (seen[^1].Frame - seen[0].Frame);
        return line.RmsResidual <= 0.25 * Math.Abs(total) ? Math.Exp(total) : 1;
    }

    private static string? ColorOf(List<(int Frame, ForegroundRegion Patch)> seen, Clip clip, BackgroundModel backdrop)
    {
        var pixels = new List<(byte Red, byte Green, byte Blue)>();
        var step = Math.Max(1, seen.Count / 8);
        for (var k = 0; k < seen.Count; k += step)
        {
            var (f, patch) = seen[k];
            var frame = clip.Frame(f).ToArray();
            foreach (var i in Core(patch, frame, backdrop))
            {
                pixels.Add((frame[3 * i], frame[(3 * i) + 1], frame[(3 * i) + 2]));
            }
        }

        var (red, green, blue) = (Middle(p => p.Red), Middle(p => p.Green), Middle(p => p.Blue));
        var middle = ColorName.Oklab(red, green, blue);
        var alike = pixels.Count(p => Distance(ColorName.Oklab(p.Red, p.Green, p.Blue), middle) <= ColorSpread);
        return alike >= ColorShare * pixels.Count ? ColorName.Find(red, green, blue) : null;

        byte Middle(Func<(byte Red, byte Green, byte Blue), byte> channel) => Median.Of<byte>([.. pixels.Select(channel)]);
    }

    /// <summary>Returns pixels whose color is not mixed with the background: the interior or, for thin objects, those that differ most from it.</summary>
    private static IEnumerable<int> Core(ForegroundRegion patch, byte[] frame, BackgroundModel backdrop)
    {
        var inside = patch.Inside(backdrop.Width);
        if (inside.Length >= 4)
        {
            return inside;
        }

        var most = patch.Pixels.Max(i => BackgroundModel.Difference(frame, backdrop.Pixels, i));
        return patch.Pixels.Where(i => BackgroundModel.Difference(frame, backdrop.Pixels, i) >= 0.8 * most);
    }

    private static double Distance((double L, double A, double B) a, (double L, double A, double B) b) =>
        Math.Sqrt(((a.L - b.L) * (a.L - b.L) / 4) + ((a.A - b.A) * (a.A - b.A)) + ((a.B - b.B) * (a.B - b.B)));
}
