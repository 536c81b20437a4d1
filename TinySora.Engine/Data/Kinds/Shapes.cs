using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Data.Writing;

namespace TinySora.Engine.Data.Kinds;

/// <summary>Clips from the <see cref="ShapesWorld"/>, which is small enough to be learned in minutes and checked exactly.</summary>
internal sealed class Shapes : SyntheticKind
{
    public override string Name => "Shapes";

    public override string Description => "One colored shape in one motion on a black background: learned in minutes and checked exactly.";

    public override IReadOnlyList<string> Parameters => [.. base.Parameters, "IncludeHeldOut", "ExcludeTuned", "Color", "Shape"];

    public override DrawOptions Defaults => new() { Count = 2000, Size = 32, Frames = 5 };

    internal override Func<int, CaptionedClip> Open(DrawOptions options)
    {
        ParameterRange.Require(options.Size is >= 8 and <= 4096, "ImageSize", options.Size, "8 to 4096");
        var colors = Known("Color", options.Colors, ShapesWorld.Colors, ShapesWorld.ExtraColors);
        var shapes = Known("Shape", options.Shapes, ShapesWorld.Shapes, ShapesWorld.ExtraShapes);
        var combinations = ShapesWorld.Combinations(colors, shapes)
            .Where(c => ShapesWorld.SplitOf(c) switch
            {
                ShapesSplit.Judged => options.IncludeHeldOut,
                ShapesSplit.Tuned => !options.ExcludeTuned,
                _ => true,
            }).ToList();
        return k =>
        {
            var combination = ShapesWorld.Combination(combinations, options.Seed, k);
            var clip = ShapesWorld.Render(combination, SplitMix64.Mix(options.Seed, k), options.Size, options.Frames);
            return new CaptionedClip(clip, [ShapesWorld.Caption(combination)]);
        };
    }

    private static IReadOnlyList<string> Known(string parameter, IReadOnlyList<string>? requested, IReadOnlyList<string> usual, IReadOnlyList<string> further)
    {
        var all = usual.Concat(further).ToList();
        var lower = requested?.Select(word => word.ToLowerInvariant()).Distinct().ToList();
        ParameterRange.Require(
            lower?.Except(all).Any() != true, parameter, string.Join(", ", lower?.Except(all) ?? []), string.Join(", ", all));
        return lower ?? usual;
    }
}
