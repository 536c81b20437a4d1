using TinySora.Engine.Data.Digits;
using TinySora.Engine.Data.Flying;
using TinySora.Engine.Data.Writing;

namespace TinySora.Engine.Data.Kinds;

/// <summary>
/// Flying MNIST (the dataset used by minisora): digits of various sizes and colors that move and bounce over black, without captions. For every ten training
/// clips, there is one validation clip.
/// </summary>
internal sealed class FlyingMnist : SyntheticKind
{
    /// <summary>Side in pixels of the canvas that the published sizes and speeds refer to.</summary>
    private const double PublishedSide = 512;

    /// <summary>Minimum side of a digit in pixels. A smaller digit has no pixels that are bright enough to be painted.</summary>
    private const int SmallestSeen = 8;

    /// <summary>Number of the first validation clip, far greater than the number of any training clip.</summary>
    private const int ValidationStart = 1_000_000;

    public override string Name => "FlyingMnist";

    public override string Description => "Colored digits that fly and bounce, as videos in train and val, optionally with masks and optical flow.";

    public override IReadOnlyList<string> Parameters =>
    [
        .. base.Parameters, "Width", "DigitPath", "MaxDigits", "Digits", "MinDigitSize", "MaxDigitSize", "MaxSpeed", "WhiteDigits",
        "LeavingDigits", "TestDigits", "Segmentation", "OpticalFlow",
    ];

    public override DrawOptions Defaults => new() { Count = 100, Size = 512, Frames = 100, Format = "mp4" };

    internal override IEnumerable<NumberedClip> Clips(int count) =>
    [
        .. Enumerable.Range(0, count).Select(k => new NumberedClip(Path.Combine(DatasetSplit.Training, $"{k:D5}"), k)),
        .. Enumerable.Range(0, (count + 9) / 10).Select(k => new NumberedClip(Path.Combine(DatasetSplit.Validation, $"{k:D5}"), ValidationStart + k)),
    ];

    internal override Func<int, CaptionedClip> Open(DrawOptions options)
    {
        var rules = Rules(options);
        var digits = DigitSet.Open(options.DigitsPath, options.Flying.TestDigits);
        return k =>
        {
            var random = new SplitMix64(SplitMix64.Mix(options.Seed, k));
            var drawn = new FlyingDigit[1 + random.Below(options.Flying.MaxDigits)];
            for (var n = 0; n < drawn.Length; n++)
            {
                drawn[n] = FlyingDigit.Draw(digits, rules, ref random);
            }

            var scene = new FlyingScene(drawn, rules.Frames, rules.Height, rules.Width);
            return new CaptionedClip(scene.Paint(), []) { WriteSidecars = (path, stop) => WriteSidecars(scene, options.Flying, path, stop) };
        };
    }

    private static void WriteSidecars(FlyingScene scene, FlyingOptions options, string path, CancellationToken stop)
    {
        if (options.Segmentation)
        {
            scene.WriteMasks(path, stop);
        }

        if (options.OpticalFlow)
        {
            scene.WriteFlow(path, stop);
        }
    }

    private static FlyingRules Rules(DrawOptions options)
    {
        var (height, width, flying) = (options.Size, options.Width ?? options.Size, options.Flying);
        ParameterRange.Require(options.Count <= ValidationStart, "Count", options.Count, $"1 to {ValidationStart}");
        ParameterRange.Require(height is >= 48 and <= 2048, "ImageSize", height, "48 to 2048");
        ParameterRange.Require(width is >= 48 and <= 2048, "Width", width, "48 to 2048");

        var shorter = Math.Min(height, width);
        var scale = Math.Min(1, shorter / PublishedSide);
        var largest = flying.MaxDigitSize ?? (int)Math.Round(120 * scale);
        var smallest = flying.MinDigitSize ?? Math.Max(SmallestSeen, (int)Math.Round(50 * scale));
        ParameterRange.Require(largest >= 2 && largest <= shorter - 2, "MaxDigitSize", largest, $"2 to {shorter - 2}, so that digits fit into the image");
        ParameterRange.Require(smallest >= 1 && smallest < largest, "MinDigitSize", smallest, $"1 to {largest - 1}, because -MaxDigitSize is {largest}");
        ParameterRange.Require(flying.MaxDigits is >= 1 and <= 255, "MaxDigits", flying.MaxDigits, "1 to 255");
        ParameterRange.Require(
            flying.Digits.Count > 0 && flying.Digits.All(d => d is >= 0 and <= 9), "Digits", string.Join(",", flying.Digits), "one or more digits from 0 to 9");
        ParameterRange.Require(flying.MaxSpeed is null or (>= 1 and <= 2048), "MaxSpeed", flying.MaxSpeed ?? 0, "1 to 2048");
        return new FlyingRules(
            options.Frames, height, width, smallest, largest, flying.MaxSpeed is null ? scale : 1, flying.MaxSpeed ?? 30, flying);
    }
}
