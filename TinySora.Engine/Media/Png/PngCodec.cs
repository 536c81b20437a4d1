namespace TinySora.Engine.Media.Png;

/// <summary>Still PNG images. A custom codec writes the same bytes on every machine.</summary>
public static class PngCodec
{
    /// <returns>A clip of one frame, with four channels if any pixel is not opaque, otherwise with one (grayscale) or three.</returns>
    public static Clip Read(string path, CancellationToken cancellationToken = default) =>
        PngReader.Read(path, MediaLimits.ReadAllBytes(path), cancellationToken);

    /// <summary>Reads the comment that <see cref="Write"/> stored; <c>null</c> if there is none.</summary>
    public static string? ReadComment(string path) => PngReader.ReadComment(path, MediaLimits.ReadAllBytes(path));

    /// <summary>Writes a clip of one frame; the comment becomes a text chunk.</summary>
    public static void Write(Stream output, Clip clip, string? comment = null, CancellationToken cancellationToken = default) =>
        PngWriter.Write(output, clip, comment, cancellationToken: cancellationToken);
}
