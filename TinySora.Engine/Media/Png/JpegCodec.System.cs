namespace TinySora.Engine.Media;

/// <summary>JPEG is only read, and seldom: ffmpeg does it.</summary>
public static class JpegCodec
{
    /// <returns>A clip of one frame, three channels.</returns>
    public static Clip Read(string path) => VideoFile.ReadJpeg(path);
}
