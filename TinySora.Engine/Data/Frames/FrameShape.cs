using System.Buffers;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Data.Frames;

/// <summary>The shape every frame of an image or video dataset is brought to.</summary>
/// <param name="Channels">1: of pictures the luminance, of videos the first channel (published Latte with a frame VAE); 3: RGB.</param>
/// <param name="CropsSquare">
/// The shorter side is scaled to <paramref name="Height"/>, which then is the width too, and the middle cut out; otherwise
/// frames are stretched. Either way antialiased bilinear.
/// </param>
public sealed record FrameShape(int Channels, int Height, int Width, bool CropsSquare = false)
{
    /// <summary>One frame as the store keeps it.</summary>
    internal ClipShape Slot => new(Channels, 1, Height) { Width = Width };

    /// <summary>All frames of a picture, a GIF or a video, as (F, C, H, W) bytes.</summary>
    /// <exception cref="TinySoraException">Unreadable, or too long to be kept in memory once.</exception>
    internal byte[] Read(string path, CancellationToken cancellationToken)
    {
        var planes = new ArrayBufferWriter<byte>();
        ClipFile.ForEachFrame(
            path,
            frame =>
            {
                var length = (long)planes.WrittenCount + Slot.Length;
                if (length > MediaLimits.DecodedBytes)
                {
                    throw MediaErrors.TooLarge(path, length, MediaLimits.DecodedBytes);
                }

                if (CropsSquare)
                {
                    MediaLimits.CheckScaled(path, frame.Height, frame.Width, frame.Channels, 1, Height);
                }

                Write(Fit(frame, ClipFile.IsStill(path)), planes);
            },
            cancellationToken);
        return planes.WrittenSpan.ToArray();
    }

    private Clip Fit(Clip frame, bool isStill)
    {
        frame = Channels == 1 && !isStill ? FirstChannel(Resample.ToChannels(frame, 3)) : Resample.ToChannels(frame, Channels);
        return CropsSquare
            ? Resample.CenterCrop(Resample.ShorterSide(frame, Height), Height)
            : Resample.Resize(frame, Height, Width);
    }

    private static Clip FirstChannel(Clip frame)
    {
        var pixels = new byte[frame.Pixels.Length / frame.Channels];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = frame.Pixels[i * frame.Channels];
        }

        return frame with { Pixels = pixels, Channels = 1 };
    }

    private static void Write(Clip frame, ArrayBufferWriter<byte> planes)
    {
        var plane = frame.Height * frame.Width;
        var target = planes.GetSpan(frame.Pixels.Length);
        for (var i = 0; i < frame.Pixels.Length; i++)
        {
            target[i] = frame.Pixels[(i % plane * frame.Channels) + (i / plane)];
        }

        planes.Advance(frame.Pixels.Length);
    }
}
