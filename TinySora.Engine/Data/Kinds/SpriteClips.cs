using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Kinds;

/// <summary>Clips from a <see cref="SpriteWorld"/>: pictures with transparency that move over a background, with several captions per clip.</summary>
internal sealed class SpriteClips : SyntheticKind
{
    public override string Name => "Sprites";

    public override string Description => "Emoji or your own pictures (-Source) in 13 motions, in groups and in relations, with paraphrased captions.";

    public override bool TakesSource => true;

    public override IReadOnlyList<string> Parameters =>
        [.. base.Parameters, "IncludeHeldOut", "ExcludeTuned", "NamePath", "PhotographPath", "Background", "Content", "CaptionCount"];

    public override DrawOptions Defaults => new() { Count = 10_000, Size = 64, Frames = 8, Sprites = new SpriteOptions() };

    internal override Func<int, CaptionedClip> Open(DrawOptions options) => Open(options, e => throw e);

    internal override Func<int, CaptionedClip> Open(DrawOptions options, Action<TinySoraException> failed)
    {
        var sprites = options.Sprites ?? new SpriteOptions();
        ParameterRange.Require(options.Size is >= 16 and <= 1024, "ImageSize", options.Size, "16 to 1024");
        ParameterRange.Require(sprites.Captions is >= 1 and <= 16, "CaptionCount", sprites.Captions, "1 to 16");
        ParameterRange.Require(
            sprites.PhotographsPath is not null || !sprites.BackgroundKinds.Contains(SpriteBackgroundKind.Photograph),
            "Background", SpriteBackgroundKind.Photograph, "Black, Plain or Gradient; photographs require -PhotographPath");
        var photographs = SpriteGround.ReadPhotographs(sprites.PhotographsPath, options.Size, failed);
        var pictures = SpriteSource.Open(sprites, options.Size, failed);
        var world = new SpriteWorld(pictures, new SpriteGround(sprites.BackgroundKinds, photographs), split => split switch
        {
            ShapesSplit.Judged => options.IncludeHeldOut,
            ShapesSplit.Tuned => !options.ExcludeTuned,
            _ => true,
        }, sprites.Contents);
        return k =>
        {
            var scene = world.Scene(options.Seed, k, options.Frames);
            var captions = world.Captions(scene, sprites.Captions, options.Seed, k);
            return new CaptionedClip(world.Render(scene, options.Size), captions);
        };
    }
}
