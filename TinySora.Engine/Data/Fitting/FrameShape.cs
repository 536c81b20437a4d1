using System.Buffers;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Fitting;

/// <summary>The shape that every frame of an image or video dataset is converted to. Videos are decoded as in the published code (OpenCV).</summary>
/// <param name="Channels">
/// Number of channels: 3 for RGB, or 1 for the luminance of images and the first channel of videos (as in the published Latte with a frame autoencoder).
/// </param>
/// <param name="CropsSquare">Whether frames are scaled until they cover the shape (a square in training) and cropped to the center. If not, they are
/// stretched. Both methods use an antialiased bilinear filter.</param>
public sealed record FrameShape(int Channels, int Height, int Width, bool CropsSquare = false)
{
    /// <summary>The shape of one frame in the store.</summary>
    internal ClipShape Slot => new(Channels, 1, Height) { Width = Width };

    /// <summary>Reads all frames of an image, a GIF or a video as (F, C, H, W) bytes.</summary>
    /// <exception cref="TinySoraException">The file is unreadable, or too long to fit into memory.</exception>
    internal byte[] Read(string path, CancellationToken cancellationToken)
    {
        var planes = new ArrayBufferWriter<byte>();
        ForEach(path, new ReadOptions(), frame => Write(frame, planes), cancellationToken);
        return planes.WrittenSpan.ToArray();
    }

    /// <summary>Reads the first frames as a clip.</summary>
    /// <inheritdoc cref="Read"/>
    internal Clip ReadClip(string path, ReadOptions options, CancellationToken cancellationToken)
    {
        var pixels = new ArrayBufferWriter<byte>();
        var milliseconds = 0;
        ForEach(
            path, options,
            frame =>
            {
                pixels.Write(frame.Pixels);
                milliseconds = frame.FrameMilliseconds;
            },
            cancellationToken);
        return new Clip(pixels.WrittenSpan.ToArray(), pixels.WrittenCount / Slot.Length, Height, Width, Channels, milliseconds);
    }

    /// <param name="isStill">Whether the clip is an image instead of frames from a video.</param>
    internal Clip Fit(Clip clip, bool isStill)
    {
        clip = Channels == 1 && !isStill ? FirstChannel(Resample.ToChannels(clip, 3)) : Resample.ToChannels(clip, Channels);
        return CropsSquare
            ? Resample.CenterCrop(Resample.Cover(clip, Height, Width), Height, Width)
            : Resample.Resize(clip, Height, Width);
    }

    private void ForEach(string path, ReadOptions options, Action<Clip> use, CancellationToken cancellationToken)
    {
        var length = 0L;
        ClipFile.ForEachFrame(
            path,
            frame =>
            {
                length += Slot.Length;
                if (length > MediaLimits.DecodedBytes)
                {
                    throw MediaErrors.TooLarge(path, length, MediaLimits.DecodedBytes);
                }

                if (CropsSquare)
                {
                    Resample.CheckScaled(path, frame.Height, frame.Width, frame.Channels, 1, Math.Max(Height, Width));
                }

                use(Fit(frame, ClipFile.IsStill(path)));
            },
            options with { IsAsPublished = true },
            cancellationToken);
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
