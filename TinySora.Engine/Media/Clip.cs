namespace TinySora.Engine.Media;

/// <summary>A short video in memory, with bytes in the order frames, height, width, channels. A still image is a clip with one frame.</summary>
/// <param name="Pixels">Frames x Height x Width x Channels bytes, row-major.</param>
/// <param name="Channels">Number of channels: 1 (luminance), 3 (RGB) or 4 (RGBA, straight alpha).</param>
/// <param name="FrameMilliseconds">Duration of one frame in milliseconds.</param>
public sealed record Clip(byte[] Pixels, int Frames, int Height, int Width, int Channels, int FrameMilliseconds = 100)
{
    /// <summary>Number of bytes in one frame.</summary>
    public int FrameLength => Height * Width * Channels;

    /// <summary>Returns the bytes of frame <paramref name="index"/> without copying them.</summary>
    public Span<byte> Frame(int index) => Pixels.AsSpan(index * FrameLength, FrameLength);

    /// <summary>Creates an all-black clip (transparent black if it has four channels).</summary>
    public static Clip Black(int frames, int height, int width, int channels, int frameMilliseconds = 100) =>
        new(new byte[frames * height * width * channels], frames, height, width, channels, frameMilliseconds);
}
