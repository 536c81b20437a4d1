using TinySora.Engine.Data.Digits;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Data.Flying;

/// <summary>Rules for the motion of digits in a dataset.</summary>
/// <param name="Smallest">Minimum side of a digit in pixels. The side is always less than Largest.</param>
/// <param name="SpeedUnit">Unit of speed in pixels per frame. The speed of a digit is at least 10 and less than 10 + <paramref name="MaxSpeed"/> units.</param>
internal sealed record FlyingRules(
    int Frames, int Height, int Width, int Smallest, int Largest, double SpeedUnit, int MaxSpeed, FlyingOptions Options);

/// <summary>A digit in a clip, and its path through the clip.</summary>
/// <param name="Gray">Side x Side pixels.</param>
/// <param name="SolidAbove">Only pixels that are brighter than this value are painted.</param>
/// <param name="Color">Red, green and blue as multiples of 1/24 of the brightness.</param>
/// <param name="Places">Upper left corner in pixels, for every frame and for the frame after the last.</param>
internal sealed record FlyingDigit(
    byte[] Gray, int Side, int SolidAbove, (int Red, int Green, int Blue) Color, IReadOnlyList<(double X, double Y)> Places)
{
    private const int Slowest = 10;

    public static FlyingDigit Draw(DigitSet digits, FlyingRules rules, ref SplitMix64 random)
    {
        var options = rules.Options;
        var picture = digits.Draw(options.Digits[random.Below(options.Digits.Count)], ref random);
        var side = rules.Smallest + random.Below(rules.Largest - rules.Smallest);
        var color = (Parts(ref random), Parts(ref random), Parts(ref random));
        // The path of a digit must not depend on how often another digit reaches a wall.
        var way = new SplitMix64(random.Next());
        return new FlyingDigit(
            Resample.Resize(picture, side, side, ScaleKernel.Lanczos).Pixels, side, digits.SolidAbove,
            options.WhiteDigits ? (24, 24, 24) : color, Fly(rules, ref way));
    }

    /// <summary>Calls a function for each pixel inside the image: its index in the image, and its index in the digit.</summary>
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

    /// <summary>Draws a multiple of 1/24 from 4 to 24: bright enough to be visible.</summary>
    private static int Parts(ref SplitMix64 random) => 4 + random.Below(21);

    /// <summary>Computes the positions of a digit that moves in a straight line. At an edge, the digit bounces off or leaves the image for good.</summary>
    private static (double X, double Y)[] Fly(FlyingRules rules, ref SplitMix64 random)
    {
        // Uses the largest side for every digit, so that smaller ones turn before they touch the right and lower walls.
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
