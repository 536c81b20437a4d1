using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Media.Files;

/// <summary>Reads images with ImageSharp.</summary>
internal static class ImageSharpPicture
{
    /// <param name="path">Path for error messages.</param>
    /// <returns>A clip of one frame, without EXIF rotation.</returns>
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
            // Corrupt files also cause exceptions other than the decoder's own types.
            throw MediaErrors.Corrupt(path, e.Message.TrimEnd('.'), e);
        }
    }
}
