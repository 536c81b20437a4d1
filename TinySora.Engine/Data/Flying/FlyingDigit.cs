using TinySora.Engine.Data.Digits;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Data.Flying;

/// <summary>The rules by which digits fly in a dataset.</summary>
/// <param name="Smallest">, Largest: the side of a digit is at least the one and below the other, in pixels.</param>
/// <param name="SpeedUnit">Pixels per frame; a digit flies 10 to below 10 + <paramref name="MaxSpeed"/> of them.</param>
internal sealed record FlyingRules(
    int Frames, int Height, int Width, int Smallest, int Largest, double SpeedUnit, int MaxSpeed, FlyingOptions Options);

/// <summary>A digit and its path.</summary>
/// <param name="Gray">Side x Side pixels.</param>
/// <param name="SolidAbove">Darker pixels, and those as dark, are not painted.</param>
/// <param name="Colour">How many parts of 24 of its gray each of red, green and blue has.</param>
/// <param name="Places">Its upper left corner in every frame, and in the one after the last; in pixels.</param>
internal sealed record FlyingDigit(
    byte[] Gray, int Side, int SolidAbove, (int Red, int Green, int Blue) Colour, IReadOnlyList<(double X, double Y)> Places)
{
    private const int Slowest = 10;

    public static FlyingDigit Draw(DigitSet digits, FlyingRules rules, ref SplitMix64 random)
    {
        var options = rules.Options;
        var picture = digits.Draw(options.Digits[random.Below(options.Digits.Count)], ref random);
        var side = rules.Smallest + random.Below(rules.Largest - rules.Smallest);
        var colour = (Parts(ref random), Parts(ref random), Parts(ref random));
        // One digit's way must not depend on how often another comes to a wall.
        var way = new SplitMix64(random.Next());
        return new FlyingDigit(
            Resample.Resize(picture, side, side, ScaleKernel.Lanczos).Pixels, side, digits.SolidAbove,
            options.WhiteDigits ? (24, 24, 24) : colour, Fly(rules, ref way));
    }

    /// <summary>Hands out each of its pixels that lies in the picture: where in the picture, and which of its own.</summary>
    public void ForEachPixel(int frame, int height, int width, Action<int, int> use)
    {
        var (left, top) = ((int)Math.Floor(Places[frame].X), (int)Math.Floor(Places[frame].Y));
        for (var y = Math.Max(0, -top); y < Side && top + y < height; y++)
        {
            for (var x = Math.Max(0, -left); x < Side && left + x < width; x++)
            {
                if (Gray[(y * Side) + x] > SolidAbove)
                {
                    use(((top + y) * width) + left + x, (y * Side) + x);
                }
            }
        }
    }

    /// <summary>k of 24 parts, k = 4 to 24: never too dark to be seen.</summary>
    private static int Parts(ref SplitMix64 random) => 4 + random.Below(21);

    /// <summary>
    /// The places of a digit that flies straight on. At the edge it bounces back in that coordinate, or leaves the picture for good.
    /// </summary>
    private static (double X, double Y)[] Fly(FlyingRules rules, ref SplitMix64 random)
    {
        // As if every digit had the largest side: none is seen to touch the right and the lower wall.
        var (right, bottom) = (rules.Width - rules.Largest - 1, rules.Height - rules.Largest - 1);
        var (x, y) = (Math.Floor(random.Between(0, right)), Math.Floor(random.Between(0, bottom)));
        var angle = random.Between(0, 2 * Math.PI);
        var speed = rules.SpeedUnit * (Slowest + random.Below(rules.MaxSpeed));
        var (dx, dy) = (speed * Math.Cos(angle), speed * Math.Sin(angle));
        var places = new (double X, double Y)[rules.Frames + 1];
        var leaves = false;
        for (var f = 0; f < places.Length; f++)
        {
            places[f] = (x, y);
            var (atSide, atEnd) = (x + dx < 0 || x + dx > right, y + dy < 0 || y + dy > bottom);
            leaves |= (atSide || atEnd) && rules.Options.LeavingDigits && !leaves && random.Below(2) == 0;
            if (!leaves)
            {
                (dx, dy) = (atSide ? -dx : dx, atEnd ? -dy : dy);
            }

            (x, y) = (x + dx, y + dy);
        }

        return places;
    }
}
