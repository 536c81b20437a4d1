using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Data.Writing;

namespace TinySora.Engine.Data.Kinds;

/// <summary>
/// The synthetic objects of the published Tiny SORA: four shapes, six animations, four backgrounds, nine colors, and captions that describe them. Captions are
/// unique within a dataset.
/// </summary>
internal sealed class SyntheticObjects : SyntheticKind
{
    private static readonly string[] SpeedWords = ["slowly", "steadily", "quickly"];

    /// <summary>All possible captions and the objects that they describe.</summary>
    public static IReadOnlyList<SyntheticObject> All { get; } =
    [
        .. from animation in Enum.GetValues<Animation>()
           from speed in animation is Animation.Moving or Animation.Bouncing or Animation.Rotating ? SpeedWords : (string?[])[null]
           from shape in ShapesWorld.Shapes
           from color in ColorNames.All
           from ground in ColorNames.All
           where ground != color
           from pattern in Enum.GetValues<Pattern>()
           select new SyntheticObject(animation, shape, color, speed, pattern, ground),
    ];

    public override string Name => "SyntheticObjects";

    public override string Description => "Shapes that move, grow, bounce, rotate or change color on patterned backgrounds.";

    public override DrawOptions Defaults => new() { Count = 10_000, Size = 64, Frames = 10 };

    internal override Func<int, CaptionedClip> Open(DrawOptions options)
    {
        ParameterRange.Require(options.Size is >= 32 and <= 1024, "ImageSize", options.Size, "32 to 1024");
        ParameterRange.Require(options.Count <= All.Count, "Count", options.Count, $"1 to {All.Count}, the number of different captions");
        var order = new SplitMix64(SplitMix64.Mix(options.Seed, -1)).Permutation(All.Count);
        return k =>
        {
            var shown = All[order[k]];
            var clip = SyntheticScene.Draw(shown, new SplitMix64(SplitMix64.Mix(options.Seed, k)), options.Size, options.Frames);
            return new CaptionedClip(clip, [shown.Caption]);
        };
    }
}
