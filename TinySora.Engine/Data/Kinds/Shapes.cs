using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Data.Writing;

namespace TinySora.Engine.Data.Kinds;

/// <summary>The <see cref="ShapesWorld"/>: small enough to be learned in minutes and checked exactly.</summary>
internal sealed class Shapes : DrawnKind
{
    public override string Name => "Shapes";

    public override string Description => "One coloured shape in one motion on black; learned in minutes, and checkable.";

    public override IReadOnlyList<string> Parameters => [.. base.Parameters, "IncludeHeldOut", "ExcludeTuned"];

    public override DrawOptions Defaults => new() { Count = 2000, Size = 32, Frames = 5 };

    internal override Func<int, CaptionedClip> Open(DrawOptions options)
    {
        ParameterRange.Require(options.Size is >= 8 and <= 4096, "ImageSize", options.Size, "8 to 4096");
        var combinations = options.IncludeHeldOut ? ShapesWorld.AllCombinations : ShapesWorld.Training;
        combinations = options.ExcludeTuned ? [.. combinations.Where(c => ShapesWorld.SplitOf(c) != ShapesSplit.Tuned)] : combinations;
        return k =>
        {
            var combination = ShapesWorld.Combination(combinations, options.Seed, k);
            var clip = ShapesWorld.Render(combination, SplitMix64.Mix(options.Seed, k), options.Size, options.Frames);
            return new CaptionedClip(clip, ShapesWorld.Caption(combination));
        };
    }
}
