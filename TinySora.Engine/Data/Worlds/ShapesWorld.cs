using TinySora.Engine.Media;

namespace TinySora.Engine.Data.Worlds;

/// <summary>A colour, a shape and a motion: what one clip of the shapes world shows.</summary>
public sealed record ShapesCombination(string Colour, string Shape, string Motion);

/// <summary>The three parts that the combinations of the shapes world fall into, so that no recipe is chosen by what it is judged on.</summary>
public enum ShapesSplit
{
    /// <summary>The 144 combinations that every dataset of shapes shows.</summary>
    Trained,

    /// <summary>The 24 combinations by which recipes are compared and chosen. Datasets show them unless told to leave them out.</summary>
    Tuned,

    /// <summary>The 24 combinations that no dataset shows unless told to: what a chosen recipe is judged on.</summary>
    Judged,
}

/// <summary>
/// A world small enough to be learned in minutes and to be checked exactly: one coloured shape in one motion on black.
/// One combination in eight is held out of training, so that obedience can be measured on sentences never seen.
/// </summary>
public static class ShapesWorld
{
    /// <summary>Names with red, green and blue; their directions in RGB are at least 18 degrees apart. The last two are <see cref="FurtherColours"/>.</summary>
    public static IReadOnlyList<(string Name, byte Red, byte Green, byte Blue)> Palette { get; } =
    [
        ("red", 255, 0, 0), ("green", 0, 255, 0), ("blue", 0, 0, 255), ("yellow", 255, 255, 0),
        ("purple", 160, 0, 255), ("orange", 255, 128, 0), ("white", 255, 255, 255), ("cyan", 0, 255, 255),
        ("pink", 255, 96, 176), ("lime", 140, 255, 0),
    ];

    /// <summary>Colours that a dataset has only on request, so that a trained model has something new to learn.</summary>
    public static IReadOnlyList<string> FurtherColours { get; } = ["pink", "lime"];

    /// <summary>Shapes that a dataset has only on request.</summary>
    public static IReadOnlyList<string> FurtherShapes { get; } = ["heart"];

    public static IReadOnlyList<string> Colours { get; } = [.. Palette.Select(c => c.Name).Except(FurtherColours)];

    public static IReadOnlyList<string> Shapes { get; } = ["circle", "square", "triangle", "star"];

    public static IReadOnlyList<string> Motions { get; } =
        ["moving left", "moving right", "moving up", "moving down", "growing", "shrinking"];

    /// <summary>All 192 combinations of colour, shape and motion.</summary>
    public static IReadOnlyList<ShapesCombination> AllCombinations { get; } = Combinations(Colours, Shapes);

    /// <summary>Random numbers in [0, 1) by which clips of a combination differ.</summary>
    public const int Chances = 4;

    private static readonly string[] AllColours = [.. Colours, .. FurtherColours];
    private static readonly string[] AllShapes = [.. Shapes, .. FurtherShapes];

    private static readonly Dictionary<string, ShapesCombination> ByWords =
        Combinations(AllColours, AllShapes).ToDictionary(c => $"{c.Colour} {c.Shape} {c.Motion}");

    /// <summary>
    /// The 24 that training never sees. For every shape and motion one colour is missing, spread evenly: three in
    /// each colour, six of each shape, four of each motion.
    /// </summary>
    public static IReadOnlyList<ShapesCombination> HeldOut { get; } = [.. AllCombinations.Where(IsHeldOut)];

    /// <summary>The 168 combinations that training sees.</summary>
    public static IReadOnlyList<ShapesCombination> Training { get; } = [.. AllCombinations.Where(c => !IsHeldOut(c))];

    public static bool IsHeldOut(ShapesCombination combination) => SplitOf(combination) == ShapesSplit.Judged;

    /// <summary>The part that a combination belongs to. Those of Tuned are spread as evenly as <see cref="HeldOut"/>.</summary>
    public static ShapesSplit SplitOf(ShapesCombination combination) =>
        ((IndexOf(AllColours, combination.Colour) + (2 * IndexOf(AllShapes, combination.Shape)) + IndexOf(Motions, combination.Motion)) % 8) switch
        {
            0 => ShapesSplit.Judged,
            4 => ShapesSplit.Tuned,
            _ => ShapesSplit.Trained,
        };

    /// <summary>The combinations of a part.</summary>
    public static IReadOnlyList<ShapesCombination> Of(ShapesSplit split) => [.. AllCombinations.Where(c => SplitOf(c) == split)];

    /// <summary>The combinations of a part that have a further colour or shape.</summary>
    public static IReadOnlyList<ShapesCombination> Of(ShapesSplit split, string further)
    {
        var (colours, shapes) = FurtherColours.Contains(further) ? ([further], Shapes) : (Colours, (IReadOnlyList<string>)[further]);
        return [.. Combinations(colours, shapes).Where(c => SplitOf(c) == split)];
    }

    /// <summary>All combinations of some colours and some shapes in all motions.</summary>
    public static IReadOnlyList<ShapesCombination> Combinations(IReadOnlyList<string> colours, IReadOnlyList<string> shapes) =>
        [.. from c in colours from s in shapes from m in Motions select new ShapesCombination(c, s, m)];

    /// <summary>The caption of a combination: "a red circle moving right", "an orange star growing".</summary>
    public static string Caption(ShapesCombination combination) =>
        $"{(combination.Colour == "orange" ? "an" : "a")} {combination.Colour} {combination.Shape} {combination.Motion}";

    /// <summary>The combination that a caption of this world describes, with or without article; null for any other sentence.</summary>
    public static ShapesCombination? Parse(string caption)
    {
        var words = caption.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var withoutArticle = words is ["a" or "an", ..] ? words[1..] : words;
        return ByWords.GetValueOrDefault(string.Join(' ', withoutArticle));
    }

    /// <summary>The combination of a dataset's clip; each stretch of the list's length has each combination once.</summary>
    public static ShapesCombination Combination(IReadOnlyList<ShapesCombination> list, long seed, int index)
    {
        var random = new SplitMix64(SplitMix64.Mix(seed, index / list.Count));
        return list[random.Permutation(list.Count)[index % list.Count]];
    }

    /// <summary>
    /// An RGB clip. Position, size and speed vary with <paramref name="jitter"/>; the whole shape stays in view, and the
    /// motion is the same in total for any number of frames: a quarter to two fifths of the width, or a factor of 1.9 to 2.4.
    /// </summary>
    /// <param name="size">Height and width in pixels.</param>
    public static Clip Render(ShapesCombination combination, ulong jitter, int size = 32, int frames = 5)
    {
        var random = new SplitMix64(jitter);
        return Render(combination, [random.Between(0, 1), random.Between(0, 1), random.Between(0, 1), random.Between(0, 1)], size, frames);
    }

    /// <summary>Draws a combination as a clip, with its variations given as numbers in place of random ones.</summary>
    /// <param name="chances">As many as <see cref="Chances"/>, uniform in [0, 1): what makes one clip of a combination another.</param>
    public static Clip Render(ShapesCombination combination, IReadOnlyList<double> chances, int size = 32, int frames = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        var (_, red, green, blue) = Palette[IndexOf(AllColours, combination.Colour)];
        var path = Path(combination.Motion, chances);
        var clip = Clip.Black(frames, size, size, 3);
        for (var f = 0; f < frames; f++)
        {
            var (x, y, radius) = path(frames == 1 ? 0 : f / (frames - 1.0));
            var mask = ShapeMask.Draw(combination.Shape, x * size, y * size, radius * size, size);
            var pixels = clip.Frame(f);
            for (var i = 0; i < mask.Length; i++)
            {
                pixels[3 * i] = (byte)MathF.Round(red * mask[i]);
                pixels[(3 * i) + 1] = (byte)MathF.Round(green * mask[i]);
                pixels[(3 * i) + 2] = (byte)MathF.Round(blue * mask[i]);
            }
        }

        return clip;
    }

    /// <summary>Centre and radius over time t in [0, 1], in units of the width.</summary>
    private static Func<double, (double X, double Y, double Radius)> Path(string motion, IReadOnlyList<double> chances)
    {
        double Between(int chance, double low, double high) => low + ((high - low) * chances[chance]);
        if (motion is "growing" or "shrinking")
        {
            var small = Between(0, 0.11, 0.15);
            var large = small * Between(1, 1.9, 2.4);
            var (x, y) = (Between(2, large, 1 - large), Between(3, large, 1 - large));
            return t => (x, y, small + ((large - small) * (motion == "growing" ? t : 1 - t)));
        }

        var radius = Between(0, 0.16, 0.22);
        var distance = Between(1, 0.25, 0.4);
        var start = Between(2, radius, 1 - radius - distance);
        var other = Between(3, radius, 1 - radius);
        return motion switch
        {
            "moving right" => t => (start + (distance * t), other, radius),
            "moving left" => t => (1 - start - (distance * t), other, radius),
            "moving down" => t => (other, start + (distance * t), radius),
            _ => t => (other, 1 - start - (distance * t), radius),
        };
    }

    private static int IndexOf(IReadOnlyList<string> list, string name)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] == name)
            {
                return i;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(name), name, $"One of {string.Join(", ", list)}.");
    }
}
