using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Png.Chunks;
using SixLabors.ImageSharp.PixelFormats;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Media;

/// <summary>Still pictures; each flavour has its own codec.</summary>
public static class PngCodec
{
    /// <returns>A clip of one frame: four channels if any pixel is less than opaque, else one (gray files) or three.</returns>
    public static Clip Read(string path) => StillImage.Read(path);

    /// <summary>The text that <see cref="Write"/> was given; null if there is none.</summary>
    public static string? ReadComment(string path) => StillImage.ReadComment(path);

    /// <summary>Writes a clip of one frame; the comment becomes a text chunk.</summary>
    public static void Write(Stream output, Clip clip, string? comment = null)
    {
        using Image image = clip.Channels switch
        {
            1 => Image.LoadPixelData<L8>(clip.Pixels, clip.Width, clip.Height),
            3 => Image.LoadPixelData<Rgb24>(clip.Pixels, clip.Width, clip.Height),
            _ => Image.LoadPixelData<Rgba32>(clip.Pixels, clip.Width, clip.Height),
        };
        if (!string.IsNullOrEmpty(comment))
            image.Metadata.GetPngMetadata().TextData.Add(new PngTextData("Comment", comment, "", ""));
        image.SaveAsPng(output, new PngEncoder
        {
            BitDepth = PngBitDepth.Bit8,
            ColorType = clip.Channels switch
            {
                1 => PngColorType.Grayscale, 3 => PngColorType.Rgb, _ => PngColorType.RgbWithAlpha,
            },
            TextCompressionThreshold = int.MaxValue,
        });
    }
}

/// <summary>JPEG is only read.</summary>
public static class JpegCodec
{
    /// <returns>A clip of one frame, one or three channels.</returns>
    public static Clip Read(string path) => StillImage.Read(path);
}

internal static class StillImage
{
    public static Clip Read(string path) => Guard(path, file =>
    {
        ImageInfo info = Image.Identify(file);
        long decoded = 4L * info.Width * info.Height;
        if (decoded > MediaLimits.DecodedBytes)
            throw MediaErrors.TooLarge(path, decoded, MediaLimits.DecodedBytes);
        using Image<Rgba32> image = Image.Load<Rgba32>(file);
        var rgba = new byte[decoded];
        image.Frames.RootFrame.CopyPixelDataTo(rgba);
        bool gray = info.Metadata.TryGetPngMetadata(out PngMetadata? png)
            && png.ColorType is PngColorType.Grayscale or PngColorType.GrayscaleWithAlpha;
        return RgbaFrames.ToClip(rgba, 1, info.Height, info.Width, 100, gray);
    });

    public static string? ReadComment(string path) => Guard(path, file => Image.Identify(file).Metadata.GetPngMetadata()
        .TextData.Where(text => text.Keyword == "Comment").Select(text => text.Value).FirstOrDefault());

    private static T Guard<T>(string path, Func<byte[], T> decode)
    {
        byte[] file = MediaLimits.ReadAllBytes(path);
        try
        {
            return decode(file);
        }
        catch (Exception e) when (e is not (TinySoraException or OutOfMemoryException))
        {
            // Damaged files make the decoder stumble in more ways than its own exceptions tell.
            throw MediaErrors.Corrupt(path, e.Message.TrimEnd('.'), e);
        }
    }
}
