using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Expectations;

/// <summary>Determines the named colors of a clip. Each pixel counts toward the named color that is nearest in RGB.</summary>
public static class ClipPalette
{
    /// <summary>Minimum fraction of all pixels that a color must cover to be listed.</summary>
    private const double MinShare = 0.02;

    private static readonly (string Name, int Red, int Green, int Blue)[] Anchors =
    [
        ("black", 0, 0, 0), ("grey", 128, 128, 128), ("white", 255, 255, 255), ("red", 255, 0, 0), ("orange", 255, 128, 0),
        ("yellow", 255, 255, 0), ("green", 0, 255, 0), ("cyan", 0, 255, 255), ("blue", 0, 0, 255), ("purple", 160, 0, 255),
        ("pink", 255, 160, 190), ("brown", 130, 65, 20),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Anchors.Select(anchor => anchor.Name)];

    /// <summary>Returns the names of the colors that cover at least 2 % of the pixels, most frequent first.</summary>
    /// <param name="clip">Clip with 1, 3 or 4 channels; alpha is ignored.</param>
    public static IReadOnlyList<string> Of(Clip clip)
    {
        var counts = new int[Anchors.Length];
        for (var i = 0; i < clip.Pixels.Length; i += clip.Channels)
        {
            var red = clip.Pixels[i];
            counts[clip.Channels == 1 ? Nearest(red, red, red) : Nearest(red, clip.Pixels[i + 1], clip.Pixels[i + 2])]++;
        }

        return
        [
            .. Enumerable.Range(0, counts.Length).Where(k => counts[k] * (double)clip.Channels >= MinShare * clip.Pixels.Length)
                .OrderByDescending(k => counts[k]).Select(k => Anchors[k].Name),
        ];
    }

    private static int Nearest(int red, int green, int blue)
    {
        var (best, least) = (0, int.MaxValue);
        for (var k = 0; k < Anchors.Length; k++)
        {
            var (r, g, b) = (red - Anchors[k].Red, green - Anchors[k].Green, blue - Anchors[k].Blue);
            var distance = (r * r) + (g * g) + (b * b);
            (best, least) = distance < least ? (k, distance) : (best, least);
        }

        return best;
    }
}
