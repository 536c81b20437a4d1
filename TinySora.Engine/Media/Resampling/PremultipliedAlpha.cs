namespace TinySora.Engine.Media.Resampling;

/// <summary>Colours weighted by alpha, so that mixing neighbours does not bring up what transparency hides.</summary>
internal static class PremultipliedAlpha
{
    /// <summary>A copy of RGBA pixels with red, green and blue multiplied by alpha.</summary>
    public static byte[] Apply(byte[] rgba)
    {
        var result = new byte[rgba.Length];
        for (var i = 0; i < rgba.Length; i++)
        {
            int alpha = rgba[i | 3];
            result[i] = (i & 3) == 3 ? (byte)alpha : (byte)((rgba[i] * alpha + 127) / 255);
        }
        return result;
    }

    /// <summary>The inverse, in place.</summary>
    public static void Undo(byte[] rgba)
    {
        for (var i = 0; i < rgba.Length; i++)
        {
            int alpha = rgba[i | 3];
            if ((i & 3) != 3 && alpha is > 0 and < 255)
            {
                rgba[i] = (byte)Math.Min(255, rgba[i] * 255 / alpha);
            }
        }
    }
}
