using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing.Processors.Quantization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Media;

public static partial class GifCodec
{
    /// <summary>ImageSharp marks unchanged pixels by an index of its own, for which the palette must leave room.</summary>
    private const int MaxColors = 255;

    /// <returns>Three channels, or four if any pixel of any frame stays transparent.</returns>
    /// <exception cref="TinySoraException">No GIF, damaged (names the frame), or too large.</exception>
    public static Clip Read(string path)
    {
        var file = MediaLimits.ReadAllBytes(path);
        var gif = GifParser.Parse(path, file, MediaLimits.DecodedBytes);
        return MediaLimits.InTurn(gif.DecodedBytes, () => ToClip(gif, Compose(gif, path, file)));
    }

    /// <returns>Frames x Height x Width x 4 bytes RGBA.</returns>
    private static byte[] Compose(GifParser gif, string path, byte[] file)
    {
        var rgba = new byte[gif.Images.Count * gif.Height * gif.Width * 4];
        try
        {
            using var image = Image.Load<Rgba32>(file);
            if (image.Frames.Count < gif.Images.Count)
            {
                throw MediaErrors.CorruptFrame(path, image.Frames.Count, "its data cannot be decoded");
            }

            for (var i = 0; i < gif.Images.Count; i++)
            {
                image.Frames[i].CopyPixelDataTo(rgba.AsSpan(i * gif.Height * gif.Width * 4, gif.Height * gif.Width * 4));
            }
        }
        catch (Exception e) when (e is not (TinySoraException or OutOfMemoryException))
        {
            // Damaged files make the decoder stumble in more ways than its own exceptions tell.
            throw MediaErrors.Corrupt(path, e.Message.TrimEnd('.'), e);
        }
        return rgba;
    }

    /// <summary>Writes an endless loop; up to 255 colours are kept exactly, and nothing is dithered.</summary>
    /// <param name="clip">One, three or four channels; alpha below one half becomes transparent.</param>
    public static void Write(Stream output, Clip clip, string? comment = null)
    {
        var palette = ColorPalette.Build(clip, MaxColors);
        var colors = new Color[palette.Count];
        for (var i = 0; i < colors.Length; i++)
        {
            colors[i] = i == palette.TransparentIndex
                ? Color.Transparent
                : Color.FromRgb(palette.Rgb[3 * i], palette.Rgb[3 * i + 1], palette.Rgb[3 * i + 2]);
        }

        using var image = new Image<Rgba32>(clip.Width, clip.Height);
        for (var f = 0; f < clip.Frames; f++)
        {
            var pixels = Array.ConvertAll(palette.Map(clip.Frame(f), clip.Channels), index => colors[index].ToPixel<Rgba32>());
            var frame = image.Frames.AddFrame(pixels).Metadata.GetGifMetadata();
            frame.FrameDelay = Hundredths(clip.FrameMilliseconds);
            // From a kept frame ImageSharp writes only what changes in the next, and spoils a column where nothing does.
            var nextIsEqual = f + 1 < clip.Frames && clip.Frame(f + 1).SequenceEqual(clip.Frame(f));
            frame.DisposalMethod = palette.TransparentIndex < 0 && !nextIsEqual
                ? GifDisposalMethod.NotDispose
                : GifDisposalMethod.RestoreToBackground;
        }
        image.Frames.RemoveFrame(0);
        var metadata = image.Metadata.GetGifMetadata();
        metadata.RepeatCount = 0; // for ever
        if (!string.IsNullOrEmpty(comment))
        {
            metadata.Comments.Add(comment);
        }

        image.SaveAsGif(output, new GifEncoder
        {
            ColorTableMode = GifColorTableMode.Global,
            Quantizer = new PaletteQuantizer(colors,
                new QuantizerOptions { Dither = null, ColorMatchingMode = ColorMatchingMode.Exact }),
        });
    }
}
