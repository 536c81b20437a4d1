using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Media;

internal static class StillImage
{
    public static Clip Read(string path) => Guard(path, file =>
    {
        var info = Image.Identify(file);
        var decoded = 4L * info.Width * info.Height;
        if (decoded > MediaLimits.DecodedBytes)
        {
            throw MediaErrors.TooLarge(path, decoded, MediaLimits.DecodedBytes);
        }

        using var image = Image.Load<Rgba32>(file);
        var rgba = new byte[decoded];
        image.Frames.RootFrame.CopyPixelDataTo(rgba);
        var gray = info.Metadata.TryGetPngMetadata(out var png)
            && png.ColorType is PngColorType.Grayscale or PngColorType.GrayscaleWithAlpha;
        return RgbaFrames.ToClip(rgba, 1, info.Height, info.Width, 100, gray);
    });

    public static string? ReadComment(string path) => Guard(path, file => Image.Identify(file).Metadata.GetPngMetadata()
        .TextData.Where(text => text.Keyword == "Comment").Select(text => text.Value).FirstOrDefault());

    private static T Guard<T>(string path, Func<byte[], T> decode)
    {
        var file = MediaLimits.ReadAllBytes(path);
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
