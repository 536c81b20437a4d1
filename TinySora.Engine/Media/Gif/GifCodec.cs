using TinySora.Engine.Errors;

namespace TinySora.Engine.Media;

/// <summary>
/// Animated GIF, the format of data folders and of results: whole frames in, one palette for all frames out. Each flavour has
/// its own codec; frame counts, colours and delays agree.
/// </summary>
public static partial class GifCodec
{
    /// <summary>A GIF of which no frame says how long it is shown plays at this speed, as in browsers.</summary>
    private const int DefaultFrameMilliseconds = 100;

    /// <summary>The text that <see cref="Write"/> was given; null if there is none.</summary>
    /// <exception cref="TinySoraException">No GIF, damaged (names the frame), or too large.</exception>
    public static string? ReadComment(string path) =>
        GifParser.Parse(path, MediaLimits.ReadAllBytes(path), MediaLimits.DecodedBytes).Comment;

    private static Clip ToClip(GifParser gif, byte[] rgba)
    {
        var delays = gif.Images.Select(image => image.Delay).ToArray();
        return RgbaFrames.ToClip(rgba, gif.Images.Count, gif.Height, gif.Width, FrameMilliseconds(delays));
    }

    /// <summary>A clip has one frame time: the mean of the file's, so that it lasts as long as the file does.</summary>
    /// <param name="hundredths">Each frame's delay in hundredths of a second.</param>
    private static int FrameMilliseconds(IReadOnlyCollection<int> hundredths)
    {
        var mean = hundredths.Average() * 10;
        return mean < 1 ? DefaultFrameMilliseconds : (int)Math.Round(mean);
    }

    /// <summary>GIF counts in hundredths of a second.</summary>
    private static int Hundredths(int frameMilliseconds) => Math.Clamp((frameMilliseconds + 5) / 10, 1, ushort.MaxValue);
}
