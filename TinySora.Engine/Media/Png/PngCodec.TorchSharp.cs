using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Png.Chunks;
using SixLabors.ImageSharp.PixelFormats;

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
        {
            image.Metadata.GetPngMetadata().TextData.Add(new PngTextData("Comment", comment, "", ""));
        }

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
