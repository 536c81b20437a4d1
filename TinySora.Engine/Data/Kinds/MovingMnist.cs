using TinySora.Engine.Data.Digits;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Data.Kinds;

/// <summary>Moving MNIST (Srivastava, Mansimov and Salakhutdinov 2015) with captions: digits that bounce within the frame.</summary>
internal sealed class MovingMnist : SyntheticKind
{
    /// <summary>Size of a digit in pixels in the published 64x64 clips. It is scaled down in smaller clips.</summary>
    private const int DigitSize = 28;

    private static readonly string[] Horizontal = ["left", "", "right"];
    private static readonly string[] Vertical = ["up", "", "down"];

    public override string Name => "MovingMnist";

    public override string Description => "Digits that bounce on a black background: built-in digits, or MNIST from local files (-DigitPath).";

    public override IReadOnlyList<string> Parameters => [.. base.Parameters, "DigitPath", "DigitsPerClip", "Width"];

    public override DrawOptions Defaults => new() { Count = 2000, Size = 64, Frames = 20 };

    internal override Func<int, CaptionedClip> Open(DrawOptions options)
    {
        var (height, width) = (options.Size, options.Width ?? options.Size);
        ParameterRange.Require(height is >= 16 and <= 1024, "ImageSize", height, "16 to 1024");
        ParameterRange.Require(width is >= 16 and <= 1024, "Width", width, "16 to 1024");
        ParameterRange.Require(options.DigitsPerClip is >= 1 and <= 9, "DigitsPerClip", options.DigitsPerClip, "1 to 9");
        var digits = DigitSet.Open(options.DigitsPath);
        return k =>
        {
            var random = new SplitMix64(SplitMix64.Mix(options.Seed, k));
            var clip = Clip.Black(options.Frames, height, width, 1);
            var captions = new List<string>();
            for (var n = 0; n < options.DigitsPerClip; n++)
            {
                captions.Add(Draw(clip, digits, ref random));
            }

            return new CaptionedClip(clip, [string.Join(", ", captions)]);
        };
    }

    /// <summary>
    /// Adds one digit and returns its description for the caption. The digit starts in the first half of its path and moves at most a twelfth of the path
    /// per frame, so the direction in the caption is correct for at least the first six frames.
    /// </summary>
    private static string Draw(Clip clip, DigitSet digits, ref SplitMix64 random)
    {
        var digit = random.Below(10);
        var shorter = Math.Min(clip.Height, clip.Width);
        var size = Math.Min(DigitSize, shorter * 7 / 16);
        var picture = Resample.Resize(digits.Draw(digit, ref random), size, size);
        // Any of the nine combinations of horizontal and vertical motion, except standing still.
        var direction = random.Below(8) is var d && d >= 4 ? d + 1 : d;
        var (right, down) = ((direction % 3) - 1, (direction / 3) - 1);
        var speed = random.Between(0.03, 1 / 12.0) * (shorter - size);
        var x = AxisMotion.Draw(clip.Width - size, right * speed, ref random);
        var y = AxisMotion.Draw(clip.Height - size, down * speed, ref random);
        for (var f = 0; f < clip.Frames; f++)
        {
            Paint(clip, f, picture, x.PositionAt(f), y.PositionAt(f));
        }

        var words = string.Join(" and ", new[] { Vertical[down + 1], Horizontal[right + 1] }.Where(w => w.Length > 0));
        var bounces = x.Bounces(clip.Frames) || y.Bounces(clip.Frames);
        return $"digit {digit} moving {words}{(bounces ? " then bouncing" : "")}";
    }

    /// <summary>Paints an image over a frame. At each position, the brighter pixel is kept.</summary>
    private static void Paint(Clip clip, int frame, Clip picture, int left, int top)
    {
        var pixels = clip.Frame(frame);
        for (var y = 0; y < picture.Height; y++)
        {
            for (var x = 0; x < picture.Width; x++)
            {
                ref var pixel = ref pixels[((top + y) * clip.Width) + left + x];
                pixel = Math.Max(pixel, picture.Pixels[(y * picture.Width) + x]);
            }
        }
    }

    /// <summary>A coordinate over time, reflected at 0 and <paramref name="Range"/>.</summary>
    private readonly record struct AxisMotion(int Range, double Speed, double Start)
    {
        public static AxisMotion Draw(int range, double speed, ref SplitMix64 random)
        {
            var start = range * random.Between(0, speed == 0 ? 1 : 0.5);
            return new AxisMotion(range, speed, speed < 0 ? range - start : start);
        }

        public int PositionAt(int frame)
        {
            var around = Math.Abs(Start + (Speed * frame)) % (2 * Range);
            return (int)Math.Round(around > Range ? (2 * Range) - around : around);
        }

        /// <summary>Returns whether the digit visibly reverses its direction within the given number of frames.</summary>
        public bool Bounces(int frames)
        {
            var way = this;
            return Enumerable.Range(1, frames - 1).Any(f => (way.PositionAt(f) - way.PositionAt(f - 1)) * way.Speed < 0);
        }
    }
}
