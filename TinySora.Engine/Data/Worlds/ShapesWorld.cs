using TinySora.Engine.Media;

namespace TinySora.Engine.Data.Worlds;

/// <summary>Color, shape and motion of a clip in the shapes world.</summary>
public sealed record ShapesCombination(string Color, string Shape, string Motion);

/// <summary>
/// The three parts that the combinations in the shapes world, and in sprite worlds, are divided into. They ensure that a training recipe is not evaluated on
/// the combinations that it was chosen with. Sprite worlds have other numbers of combinations.
/// </summary>
public enum ShapesSplit
{
    /// <summary>The 144 combinations that every shapes dataset contains.</summary>
    Trained,

    /// <summary>The 24 combinations for comparing and choosing recipes. Datasets contain them by default.</summary>
    Tuned,

    /// <summary>The 24 combinations for evaluating a chosen recipe. Datasets do not contain them by default.</summary>
    Judged,
}

/// <summary>
/// A world that is small enough to be learned in minutes and checked exactly: one colored shape in one motion on a black background. One combination in
/// eight is held out of training, so that adherence can be measured on unseen captions.
/// </summary>
public static class ShapesWorld
{
    /// <summary>
    /// Color names with their red, green and blue values. The directions of any two colors in RGB differ by at least 18 degrees. The last two colors are
    /// <see cref="ExtraColors"/>.
    /// </summary>
    public static IReadOnlyList<(string Name, byte Red, byte Green, byte Blue)> Palette { get; } =
    [
        ("red", 255, 0, 0), ("green", 0, 255, 0), ("blue", 0, 0, 255), ("yellow", 255, 255, 0),
        ("purple", 160, 0, 255), ("orange", 255, 128, 0), ("white", 255, 255, 255), ("cyan", 0, 255, 255),
        ("pink", 255, 96, 176), ("lime", 140, 255, 0),
    ];

    /// <summary>Colors that a dataset contains only on request, so that there is something new to fine-tune on.</summary>
    public static IReadOnlyList<string> ExtraColors { get; } = ["pink", "lime"];

    /// <summary>Shapes that a dataset contains only on request.</summary>
    public static IReadOnlyList<string> ExtraShapes { get; } = ["heart"];

    public static IReadOnlyList<string> Colors { get; } = [.. Palette.Select(c => c.Name).Except(ExtraColors)];

    public static IReadOnlyList<string> Shapes { get; } = ["circle", "square", "triangle", "star"];

    public static IReadOnlyList<string> Motions { get; } =
        ["moving left", "moving right", "moving up", "moving down", "growing", "shrinking"];

    /// <summary>All 192 combinations of color, shape and motion.</summary>
    public static IReadOnlyList<ShapesCombination> AllCombinations { get; } = Combinations(Colors, Shapes);

    /// <summary>Number of random values in [0, 1) that distinguish clips of the same combination.</summary>
    public const int JitterCount = 4;

    private static readonly string[] AllColors = [.. Colors, .. ExtraColors];
    private static readonly string[] AllShapes = [.. Shapes, .. ExtraShapes];

    private static readonly Dictionary<string, ShapesCombination> ByWords =
        Combinations(AllColors, AllShapes).ToDictionary(c => $"{c.Color} {c.Shape} {c.Motion}");

    /// <summary>
    /// The 24 combinations that training never sees. For every shape and motion, one color is missing: three combinations for each color, six for each shape,
    /// four for each motion.
    /// </summary>
    public static IReadOnlyList<ShapesCombination> HeldOut { get; } = [.. AllCombinations.Where(IsHeldOut)];

    /// <summary>The 168 combinations available for training.</summary>
    public static IReadOnlyList<ShapesCombination> Training { get; } = [.. AllCombinations.Where(c => !IsHeldOut(c))];

    public static bool IsHeldOut(ShapesCombination combination) => SplitOf(combination) == ShapesSplit.Judged;

    /// <summary>Returns the part that a combination belongs to. Tuned combinations are distributed as evenly as <see cref="HeldOut"/>.</summary>
    public static ShapesSplit SplitOf(ShapesCombination combination) =>
        ((IndexOf(AllColors, combination.Color) + (2 * IndexOf(AllShapes, combination.Shape)) + IndexOf(Motions, combination.Motion)) % 8) switch
        {
            0 => ShapesSplit.Judged,
            4 => ShapesSplit.Tuned,
            _ => ShapesSplit.Trained,
        };

    /// <summary>Returns the combinations in a part.</summary>
    public static IReadOnlyList<ShapesCombination> GetCombinations(ShapesSplit split) => [.. AllCombinations.Where(c => SplitOf(c) == split)];

    /// <summary>Returns the combinations in a part that have the given extra color or shape.</summary>
    public static IReadOnlyList<ShapesCombination> GetCombinations(ShapesSplit split, string further)
    {
        var (colors, shapes) = ExtraColors.Contains(further) ? ([further], Shapes) : (Colors, (IReadOnlyList<string>)[further]);
        return [.. Combinations(colors, shapes).Where(c => SplitOf(c) == split)];
    }

    /// <summary>Combines the given colors and shapes with all motions.</summary>
    public static IReadOnlyList<ShapesCombination> Combinations(IReadOnlyList<string> colors, IReadOnlyList<string> shapes) =>
        [.. from c in colors from s in shapes from m in Motions select new ShapesCombination(c, s, m)];

    /// <summary>Returns the caption of a combination, such as "a red circle moving right" or "an orange star growing".</summary>
    public static string Caption(ShapesCombination combination) =>
        $"{(combination.Color == "orange" ? "an" : "a")} {combination.Color} {combination.Shape} {combination.Motion}";

    /// <summary>Parses a caption in this world, with or without an article; returns <c>null</c> for any other sentence.</summary>
    public static ShapesCombination? Parse(string caption)
    {
        var words = caption.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var withoutArticle = words is ["a" or "an", ..] ? words[1..] : words;
        return ByWords.GetValueOrDefault(string.Join(' ', withoutArticle));
    }

    /// <summary>Returns the combination for a clip in a dataset. Consecutive clips use every combination in the list before any is repeated.</summary>
    public static ShapesCombination Combination(IReadOnlyList<ShapesCombination> list, long seed, int index)
    {
        var random = new SplitMix64(SplitMix64.Mix(seed, index / list.Count));
        return list[random.Permutation(list.Count)[index % list.Count]];
    }

    /// <summary>
    /// Draws a combination as an RGB clip. Position, size and speed vary with <paramref name="jitter"/>, and the whole shape is always visible. The total
    /// motion does not depend on the number of frames: the shape moves by a quarter to two fifths of the width, or changes its size by a factor of 1.9 to
    /// 2.4.
    /// </summary>
    /// <param name="size">Height and width in pixels.</param>
    public static Clip Render(ShapesCombination combination, ulong jitter, int size = 32, int frames = 5)
    {
        var random = new SplitMix64(jitter);
        return Render(combination, [random.Between(0, 1), random.Between(0, 1), random.Between(0, 1), random.Between(0, 1)], size, frames);
    }

    /// <summary>Draws a combination as a clip, with explicit variations instead of random ones.</summary>
    /// <param name="chances"><see cref="JitterCount"/> numbers, uniform in [0, 1), that distinguish clips of the same combination.</param>
    public static Clip Render(ShapesCombination combination, IReadOnlyList<double> chances, int size = 32, int frames = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        var (_, red, green, blue) = Palette[IndexOf(AllColors, combination.Color)];
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

    /// <summary>Returns a function from time t in [0, 1] to the center and radius, in units of the width.</summary>
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

        throw new ArgumentOutOfRangeException(nameof(name), name, $"The name must be one of {string.Join(", ", list)}.");
    }
}
