using TinySora.Engine.Data.Sprites;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>
/// Finds which pictures a frame shows, and where. Compares all pictures in all sizes at all positions, and fits the best of them to the pixels.
/// </summary>
internal sealed class SpriteFinder : IDisposable
{
    /// <summary>Sizes of pictures, as fractions of the frame, from the smallest with a constant ratio.</summary>
    private const double SmallestSize = 0.12;
    private const double SizeRatio = 1.17;
    private const int SizeCount = 13;

    /// <summary>Maximum number of things.</summary>
    private const int MaxThings = 6;

    /// <summary>Maximum number of places to fit pictures to. A noisy frame has thousands of places at which a picture fits somewhat.</summary>
    private const int MaxPlaces = 16;

    /// <summary>Minimum score of a thing, as a fraction of the frame's pixels.</summary>
    private const double MinScore = 3e-5;

    /// <summary>Minimum score of further things, as a fraction of the first one's.</summary>
    private const double MinShare = 0.03;

    /// <summary>Minimum fraction of the difference from the background that further things explain.</summary>
    private const double MinExplained = 0.6;

    /// <summary>Minimum fraction of the difference from the background in a box that other things leave.</summary>
    private const double MinLeft = 0.4;

    /// <summary>Fraction above which a thing is explained so well that no other picture needs to be tried.</summary>
    private const double Explained = 0.95;

    /// <summary>Minimum score of a part of a thing, relative to the thing, and minimum ratio of their sizes, at which the part may be a thing.</summary>
    private const double MinPart = 0.25;
    private const double SmallerPart = 1.4;

    /// <summary>Numbers of pictures that remain in consecutive rounds of fitting, and numbers of steps in each round.</summary>
    private static readonly (int Count, int Steps)[] Rounds = [(64, 1), (20, 2), (8, 4)];

    private readonly List<SpriteBank> banks;

    public SpriteFinder(IReadOnlyList<Sprite> sprites) => banks =
    [
        .. Enumerable.Range(0, SizeCount).Select(k => SmallestSize * Math.Pow(SizeRatio, k))
            .Select(size => new SpriteBank([.. sprites.Select(sprite => (sprite, size, 0.0))])),
    ];

    /// <summary>Returns the things in a frame, from the clearest, each as the best picture of each noun that fits, from the best.</summary>
    public List<List<SpriteFit>> Find(SpriteFrame frame, SpriteFitter fitter)
    {
        var scores = banks.ConvertAll(bank => bank.Score([frame], 0.7));
        var peaks = Peaks(scores);
        var things = new List<List<SpriteFit>>();
        var rest = frame;
        for (var (i, places) = (0, 0); i < peaks.Count && things.Count < MaxThings && places < MaxPlaces; i++)
        {
            var peak = peaks[i];
            var least = things.Count == 0 ? 0 : MinShare * things[0][0].Score;
            if (peak.Score * frame.Size * frame.Size < least)
            {
                break;
            }

            if (things.Exists(thing => Overlap(thing[0], peak)) || (things.Count > 0 && Energy(rest, peak) < Math.Max(least, MinLeft * Energy(frame, peak))))
            {
                continue;
            }

            places++;
            var fits = Rank(scores, peak, rest, fitter);

            // A large picture may cover several small things.
            var part = peaks.Skip(i + 1).TakeWhile(other => other.Score >= MinPart * peak.Score).FirstOrDefault(other => peak.Contains(other));
            if (part.Score > 0)
            {
                fits = Better(fits, Rank(scores, part, rest, fitter));
            }

            // The grid is too coarse for thin pictures.
            if (fits[0].Share < Explained)
            {
                fits = Better(fits, Rank(SpriteOutline.Find(rest, fits[0]), rest, fitter));
            }

            if (fits[0].Score >= least && fits[0].Share >= (things.Count == 0 ? 0 : MinExplained) && !things.Exists(thing => Overlap(thing[0], fits[0])))
            {
                things.Add(fits);
                rest = fitter.With(rest, fits[0]);
            }
        }

        return things;
    }

    public void Dispose() => banks.ForEach(bank => bank.Dispose());

    /// <summary>A position and bounding box of the best picture there.</summary>
    private readonly record struct Peak(double X, double Y, double Width, double Height, double Score)
    {
        /// <summary>Returns whether the center of a smaller picture is in the box.</summary>
        public bool Contains(Peak other) => Math.Abs(other.X - X) < Width / 2 && Math.Abs(other.Y - Y) < Height / 2
            && Math.Max(other.Width, other.Height) * SmallerPart < Math.Max(Width, Height);
    }

    private static double Energy(SpriteFrame frame, Peak peak) => SpriteOutline.Energy(frame, peak.X, peak.Y, peak.Width, peak.Height);

    private static bool Overlap(SpriteFit thing, Peak peak) => Overlap(
        thing, peak.X, peak.Y, peak.Width, peak.Height);

    private static bool Overlap(SpriteFit thing, SpriteFit other) => Overlap(
        thing, other.Pose.X, other.Pose.Y, other.Pose.Size * other.Sprite.Width, other.Pose.Size * other.Sprite.Height);

    /// <summary>Returns whether a box covers more than a third of a thing, or a thing more than a third of the box.</summary>
    private static bool Overlap(SpriteFit thing, double x, double y, double width, double height)
    {
        var (thingWidth, thingHeight) = (thing.Pose.Size * thing.Sprite.Width, thing.Pose.Size * thing.Sprite.Height);
        var across = Math.Min(Math.Min(width, thingWidth), ((width + thingWidth) / 2) - Math.Abs(x - thing.Pose.X));
        var down = Math.Min(Math.Min(height, thingHeight), ((height + thingHeight) / 2) - Math.Abs(y - thing.Pose.Y));
        return across > 0 && down > 0 && across * down > Math.Min(width * height, thingWidth * thingHeight) / 3;
    }

    /// <summary>Returns the best picture at each position and size, from the best.</summary>
    private List<Peak> Peaks(List<float[]> scores)
    {
        var peaks = new List<Peak>();
        foreach (var (bank, values) in banks.Zip(scores))
        {
            var cells = bank.Grid * bank.Grid;
            var (best, noun) = (values[..cells], new int[cells]);
            for (var n = 1; n < bank.Entries.Count; n++)
            {
                for (var i = 0; i < cells; i++)
                {
                    if (values[(n * cells) + i] > best[i])
                    {
                        (best[i], noun[i]) = (values[(n * cells) + i], n);
                    }
                }
            }

            for (var i = 0; i < cells; i++)
            {
                if (best[i] >= MinScore)
                {
                    var (sprite, size, _) = bank.Entries[noun[i]];
                    var (x, y) = (((i % bank.Grid) + 0.5) / bank.Grid, ((i / bank.Grid) + 0.5) / bank.Grid);
                    peaks.Add(new(x, y, size * sprite.Width, size * sprite.Height, best[i]));
                }
            }
        }

        peaks.Sort((a, b) => b.Score.CompareTo(a.Score));
        return peaks;
    }

    /// <summary>Fits the pictures to the pixels, each from its best position and size near a peak, and returns the best of them.</summary>
    private List<SpriteFit> Rank(List<float[]> scores, Peak peak, SpriteFrame frame, SpriteFitter fitter)
    {
        var starts = new (float Score, Sprite Sprite, SpritePose Pose)[banks[0].Entries.Count];
        Array.Fill(starts, (float.NegativeInfinity, null!, default));
        var longer = Math.Max(peak.Width, peak.Height);
        for (var b = 0; b < banks.Count; b++)
        {
            var (bank, cells, size) = (banks[b], banks[b].Grid * banks[b].Grid, banks[b].Entries[0].Size);
            if (size < longer / 1.8 || size > longer * 1.8)
            {
                continue;
            }

            var reach = Math.Max(1.0 / bank.Grid, longer / 4);
            for (var i = 0; i < cells; i++)
            {
                var (x, y) = (((i % bank.Grid) + 0.5) / bank.Grid, ((i / bank.Grid) + 0.5) / bank.Grid);
                if (Math.Abs(x - peak.X) > reach || Math.Abs(y - peak.Y) > reach)
                {
                    continue;
                }

                for (var n = 0; n < starts.Length; n++)
                {
                    if (scores[b][(n * cells) + i] is var score && score > starts[n].Score)
                    {
                        starts[n] = (score, bank.Entries[n].Sprite, new SpritePose(x, y, size));
                    }
                }
            }
        }

        return Refine(starts.OrderByDescending(start => start.Score).Select(start => new SpriteFit(start.Sprite, start.Pose, 0, 0)), frame, fitter);
    }

    /// <summary>Fits the pictures to a bounding box, and returns the best of them.</summary>
    private List<SpriteFit> Rank((double X, double Y, double Width, double Height) box, SpriteFrame frame, SpriteFitter fitter) => Refine(
        banks[0].Entries.Select(entry => fitter.Measure(frame, entry.Sprite, new SpritePose(
            box.X, box.Y, Math.Sqrt(box.Width / entry.Sprite.Width * box.Height / entry.Sprite.Height)))).OrderByDescending(fit => fit.Score), frame, fitter);

    private static List<SpriteFit> Refine(IEnumerable<SpriteFit> starts, SpriteFrame frame, SpriteFitter fitter)
    {
        foreach (var (count, steps) in Rounds)
        {
            starts = [.. starts.Take(count).Select(fit => fitter.Refine(frame, fit.Sprite, fit.Pose, steps)).OrderByDescending(fit => fit.Score)];
        }

        return [.. starts.DistinctBy(fit => fit.Sprite.Name.Noun)];
    }

    private static List<SpriteFit> Better(List<SpriteFit> one, List<SpriteFit> other) => other[0].StrictScore > one[0].StrictScore ? other : one;
}
