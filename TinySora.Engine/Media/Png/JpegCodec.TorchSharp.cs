namespace TinySora.Engine.Media;

/// <summary>JPEG is only read.</summary>
public static class JpegCodec
{
    /// <returns>A clip of one frame, one or three channels.</returns>
    public static Clip Read(string path) => StillImage.Read(path);
}
