using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Media.Files;

/// <summary>Reads pictures by ImageSharp.</summary>
internal static class ImageSharpPicture
{
    /// <param name="path">For errors.</param>
    /// <returns>A clip of one frame, not turned by EXIF.</returns>
    /// <exception cref="TinySoraException">TooLarge, Corrupt.</exception>
    public static Clip Read(string path, byte[] file)
    {
        try
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
            return RgbaFrames.ToClip(rgba, 1, info.Height, info.Width, 100);
        }
        catch (Exception e) when (e is not (TinySoraException or OutOfMemoryException))
        {
            // Damaged files make the decoder stumble in more ways than its own exceptions tell.
            throw MediaErrors.Corrupt(path, e.Message.TrimEnd('.'), e);
        }
    }
}
