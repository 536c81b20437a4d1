namespace TinySora.Engine.Media.Drawing;

/// <summary>Colours of a chart.</summary>
/// <param name="Series">Colours of the lines in turn, which readers with colour vision deficiency can tell apart.</param>
internal sealed record ChartTheme(Rgb Background, Rgb Ink, Rgb GridLine, Rgb Axis, IReadOnlyList<Rgb> Series)
{
    /// <summary>Lines by M. Okabe and K. Ito, Color Universal Design, 2002.</summary>
    public static ChartTheme Light { get; } = new(
        Rgb.White, Rgb.Ink, new(226, 228, 232), new(120, 124, 132),
        [new(0, 114, 178), new(213, 94, 0), new(0, 158, 115), new(204, 121, 167), new(230, 159, 0), new(86, 180, 233)]);

    /// <summary>The colours of the studio on dark systems.</summary>
    public static ChartTheme Dark { get; } = new(
        new(27, 32, 41), new(230, 233, 239), new(52, 61, 76), new(163, 173, 189),
        [new(86, 180, 233), new(255, 140, 66), new(63, 208, 164), new(230, 154, 200), new(240, 194, 75), new(182, 156, 245)]);
}
