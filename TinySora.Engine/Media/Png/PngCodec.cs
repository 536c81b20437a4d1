namespace TinySora.Engine.Media.Png;

/// <summary>Still pictures, by a codec of our own: every machine writes the same bytes.</summary>
public static class PngCodec
{
    /// <returns>A clip of one frame: four channels if any pixel is less than opaque, else one (gray files) or three.</returns>
    public static Clip Read(string path, CancellationToken cancellationToken = default) =>
        PngReader.Read(path, MediaLimits.ReadAllBytes(path), cancellationToken);

    /// <summary>The text that <see cref="Write"/> was given; null if there is none.</summary>
    public static string? ReadComment(string path) => PngReader.ReadComment(path, MediaLimits.ReadAllBytes(path));

    /// <summary>Writes a clip of one frame; the comment becomes a text chunk.</summary>
    public static void Write(Stream output, Clip clip, string? comment = null, CancellationToken cancellationToken = default) =>
        PngWriter.Write(output, clip, comment, cancellationToken: cancellationToken);
}
