namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>English color names, found in OKLab, a color space with perceptually uniform distances.</summary>
internal static class ColorName
{
    /// <summary>OKLab chroma below which a color is gray. For comparison: paper in lamplight has a chroma of 0.03, and a lawn in winter one of 0.05.</summary>
    private const double GreyChroma = 0.042;

    /// <summary>Lightness below which a color of low chroma is black.</summary>
    private const double BlackLightness = 0.27;

    /// <summary>Linear light intensity of each sRGB channel value, from 0 to 1.</summary>
    private static readonly double[] Linear =
        [.. Enumerable.Range(0, 256).Select(v => v <= 10 ? v / 255.0 / 12.92 : Math.Pow(((v / 255.0) + 0.055) / 1.055, 2.4))];

    /// <summary>Names of grays with their upper limits of lightness, from 0 to 1.</summary>
    private static readonly (double Below, string Name)[] Greys =
        [(BlackLightness, "black"), (0.48, "dark grey"), (0.75, "grey"), (0.92, "light grey"), (double.MaxValue, "white")];

    /// <summary>Returns the name of a color; <c>null</c> if it has several common names, such as skin tones and turquoise.</summary>
    public static string? Find(byte red, byte green, byte blue)
    {
        var (lightness, a, b) = Oklab(red, green, blue);
        var chroma = Math.Sqrt((a * a) + (b * b));
        if (chroma < GreyChroma || (lightness < BlackLightness && chroma < 2 * GreyChroma))
        {
            return Array.Find(Greys, grey => lightness < grey.Below).Name;
        }

        var hue = Math.Atan2(b, a) * 180 / Math.PI;
        return Chromatic(hue < 0 ? hue + 360 : hue, lightness, chroma);
    }

    /// <summary>Returns the OKLab coordinates of an sRGB color: lightness from 0 to 1, and the two color axes.</summary>
    public static (double Lightness, double A, double B) Oklab(byte red, byte green, byte blue)
    {
        var (r, g, b) = (Linear[red], Linear[green], Linear[blue]);
        var l = Math.Cbrt((0.4122214708 * r) + (0.5363325363 * g) + (0.0514459929 * b));
        var m = Math.Cbrt((0.2119034982 * r) + (0.6806995451 * g) + (0.1073969566 * b));
        var s = Math.Cbrt((0.0883024619 * r) + (0.2817188376 * g) + (0.6299787005 * b));
        return (
            (0.2104542553 * l) + (0.7936177850 * m) - (0.0040720468 * s),
            (1.9779984951 * l) - (2.4285922050 * m) + (0.4505937099 * s),
            (0.0259040371 * l) + (0.7827717662 * m) - (0.8086757660 * s));
    }

    /// <param name="hue">Hue in degrees: 29 for pure red, 110 for yellow, 142 for green, 195 for cyan, 264 for blue, 328 for magenta.</param>
    private static string? Chromatic(double hue, double lightness, double chroma) => hue switch
    {
        < 18 or >= 345 => lightness > 0.68 ? "pink" : chroma > 0.1 ? "red" : null,
        < 32 => lightness > 0.72 ? "pink" : chroma > 0.07 ? "red" : null,
        < 42 => lightness > 0.72 ? null : chroma > 0.13 ? "red" : lightness < 0.55 ? "brown" : null,
        < 80 => lightness < 0.6 ? "brown" : chroma > 0.09 ? "orange" : null,
        < 98 => lightness < 0.55 ? "brown" : chroma > 0.09 ? "yellow" : null,
        < 120 => lightness < 0.62 ? "green" : "yellow",
        < 165 => "green",
        < 185 => null,
        < 214 => lightness > 0.65 && chroma > 0.08 ? "cyan" : null,
        < 225 => null,
        < 290 => "blue",
        < 325 => "purple",
        _ => lightness > 0.6 ? "pink" : "purple",
    };
}
