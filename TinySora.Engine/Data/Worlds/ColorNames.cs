namespace TinySora.Engine.Data.Worlds;

/// <summary>
/// Color names of the synthetic objects. The name of a color is that of the nearest named color in RGB. The colors that are used for drawing are clearly
/// nearer to this named color than to any other.
/// </summary>
internal static class ColorNames
{
    /// <summary>Maximum distance between a clear color and the color that it is named after.</summary>
    private const double ClearDistance = 80;

    /// <summary>Maximum ratio between a clear color's distances to the nearest and the second-nearest named color.</summary>
    private const double ClearShare = 0.65;

    private static readonly (string Name, int Red, int Green, int Blue)[] Anchors =
    [
        ("red", 255, 0, 0), ("green", 0, 255, 0), ("blue", 0, 0, 255), ("yellow", 255, 255, 0), ("purple", 128, 0, 128),
        ("orange", 255, 165, 0), ("pink", 255, 192, 203), ("brown", 165, 42, 42), ("gray", 128, 128, 128),
    ];

    public static IReadOnlyList<string> All { get; } = [.. Anchors.Select(a => a.Name)];

    public static string Nearest(byte red, byte green, byte blue) => Near(red, green, blue)[0].Name;

    /// <summary>Draws a random clear color with the given name, with saturation and value in [0.5, 1].</summary>
    public static Hsv Draw(string name, ref SplitMix64 random)
    {
        while (true)
        {
            var color = new Hsv(random.Between(0, 1), random.Between(0.5, 1), random.Between(0.5, 1));
            var (red, green, blue) = color.ToRgb();
            var near = Near(red, green, blue);
            if (near[0].Name == name && near[0].Distance <= Math.Min(ClearDistance, ClearShare * near[1].Distance))
            {
                return color;
            }
        }
    }

    private static (string Name, double Distance)[] Near(int red, int green, int blue) =>
    [
        .. Anchors.Select(a => (a.Name, Distance: Math.Sqrt(
            Math.Pow(red - a.Red, 2) + Math.Pow(green - a.Green, 2) + Math.Pow(blue - a.Blue, 2)))).OrderBy(a => a.Distance),
    ];
}

/// <summary>A color as hue (in turns, any number), saturation and value (both from 0 to 1).</summary>
internal readonly record struct Hsv(double Hue, double Saturation, double Value)
{
    public (byte Red, byte Green, byte Blue) ToRgb() => (Channel(5), Channel(3), Channel(1));

    /// <param name="offset">Start of the channel's dark third, in sixths of a turn.</param>
    private byte Channel(int offset)
    {
        var k = (offset + (Hue * 6)) % 6;
        return (byte)Math.Round(255 * Value * (1 - (Saturation * Math.Clamp(Math.Min(k, 4 - k), 0, 1))));
    }
}
