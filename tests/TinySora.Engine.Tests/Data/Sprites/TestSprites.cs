using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Data.Sprites;

/// <summary>Small pictures and worlds of them.</summary>
internal static class TestSprites
{
    private static readonly string[] Nouns =
    [
        "apple", "cat", "dog", "elephant", "fire truck", "hourglass", "igloo", "mouse", "orange", "penguin", "rocket", "tree", "umbrella", "unicorn", "wolf",
        "bunch of grapes", "fish", "T-shirt", "tomato", "box",
    ];

    /// <summary>A picture of 48 x 40 pixels with a transparent border, which looks different when it is turned.</summary>
    public static Clip Flag(byte red, byte green, byte blue)
    {
        var clip = Clip.Black(1, 40, 48, 4);
        for (var y = 4; y < 36; y++)
        {
            for (var x = 4; x < 44; x++)
            {
                if (x < 12 || y < 20)
                {
                    ((byte[])[red, green, blue, 255]).CopyTo(clip.Pixels, 4 * ((y * 48) + x));
                }
            }
        }

        return clip;
    }

    /// <summary>A disc with a soft edge, which looks the same when it is turned.</summary>
    public static Clip Disc()
    {
        var clip = Clip.Black(1, 48, 48, 4);
        for (var i = 0; i < 48 * 48; i++)
        {
            var distance = Math.Sqrt(Math.Pow((i % 48) - 23.5, 2) + Math.Pow((i / 48) - 23.5, 2));
            ((byte[])[200, 80, 20, (byte)(255 * Math.Clamp(23 - distance, 0, 1))]).CopyTo(clip.Pixels, 4 * i);
        }

        return clip;
    }

    public static SpriteName Name(string noun, params string[] synonyms) => new(noun, EnglishNouns.Plural(noun), synonyms);

    public static Sprite Create(string noun, Clip picture, params string[] synonyms) => Sprite.Create(Name(noun, synonyms), picture, 128)!;

    /// <summary>Twenty pictures; the first two have synonyms.</summary>
    public static IReadOnlyList<Sprite> All { get; } =
    [
        .. Nouns.Select((noun, n) => Create(
            noun, Flag((byte)(255 - (12 * n)), (byte)(12 * n), (byte)(n % 2 * 200)), n switch { 0 => ["red apple"], 1 => ["kitty", "animal with whiskers"], _ => [] })),
    ];

    public static SpriteWorld World(IReadOnlyList<Sprite>? sprites = null, Func<ShapesSplit, bool>? includes = null, params SpriteBackgroundKind[] grounds) =>
        World([], sprites, includes, grounds);

    public static SpriteWorld World(
        IReadOnlyCollection<SpriteContent> contents, IReadOnlyList<Sprite>? sprites = null, Func<ShapesSplit, bool>? includes = null,
        params SpriteBackgroundKind[] grounds) => new(
            sprites ?? All, new SpriteGround(grounds.Length > 0 ? grounds : [SpriteBackgroundKind.Black], []),
            includes ?? (split => split != ShapesSplit.Judged), contents);
}
