namespace TinySora.Engine.Media;

/// <summary>Converts decoded RGBA frames to a clip with the minimum number of channels.</summary>
internal static class RgbaFrames
{
    /// <param name="rgba">Frames x Height x Width x 4 bytes; pixels with alpha 0 are set to black in place.</param>
    /// <param name="gray">Whether the file declares that it is grayscale.</param>
    /// <returns>A clip with four channels if any pixel is not opaque, otherwise with one (grayscale) or three.</returns>
    public static Clip ToClip(byte[] rgba, int frames, int height, int width, int frameMilliseconds, bool gray = false)
    {
        var opaque = true;
        for (var i = 3; i < rgba.Length; i += 4)
        {
            if (rgba[i] == 255)
            {
                continue;
            }

            opaque = false;
            if (rgba[i] == 0)
            {
                rgba[i - 3] = rgba[i - 2] = rgba[i - 1] = 0;
            }
        }
        if (!opaque)
        {
            return new Clip(rgba, frames, height, width, 4, frameMilliseconds);
        }

        var channels = gray ? 1 : 3;
        var pixels = new byte[rgba.Length / 4 * channels];
        for (int source = 0, target = 0; source < rgba.Length; source += 4)
        {
            for (var c = 0; c < channels; c++)
            {
                pixels[target++] = rgba[source + c];
            }
        }
        return new Clip(pixels, frames, height, width, channels, frameMilliseconds);
    }
}
