using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Formats;
using TinySora.Engine.Media.Gif;
using TinySora.Engine.Media.Png;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Media.Files;

/// <summary>Clips in files; the extension chooses the format.</summary>
public static class ClipFile
{
    private static readonly string[] StillExtensions = [".png", .. StillImage.Extensions];

    /// <summary>The file extensions that can be read, in lower case with the dot.</summary>
    public static IReadOnlyList<string> ReadableExtensions { get; } = [".gif", .. StillExtensions, .. VideoFormats.Extensions];

    public static IReadOnlyList<string> WritableExtensions { get; } = [".gif", ".png", ".mp4"];

    /// <summary>Whether a name is that of a clip in any form that is read here.</summary>
    public static bool IsClip(string path) => IsGif(path) || IsStill(path) || IsVideo(path);

    public static bool IsGif(string path) => Extension(path) == ".gif";

    public static bool IsStill(string path) => StillExtensions.Contains(Extension(path));

    /// <summary>Whether ffmpeg is needed to read it.</summary>
    public static bool IsVideo(string path) => VideoFormats.Extensions.Contains(Extension(path));

    /// <summary>Reads a GIF, a still (one frame) or a video.</summary>
    /// <exception cref="TinySoraException">Absent, damaged, of an unknown format, too large, or ffmpeg is missing.</exception>
    public static Clip Read(string path, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (IsVideo(path))
        {
            return VideoFile.Read(path, options ?? new ReadOptions(), cancellationToken);
        }

        var (clip, ends) = Extension(path) switch
        {
            ".gif" => GifCodec.ReadTimed(path, cancellationToken),
            ".png" => (PngCodec.Read(path, cancellationToken), null),
            var extension when StillImage.Extensions.Contains(extension) => (StillImage.Read(path, cancellationToken), null),
            _ => throw Unread(path),
        };
        return options == null ? clip : Excerpt.Of(clip, options, path, ends);
    }

    /// <summary>Hands out the frames one by one; of a video no more than one is in memory.</summary>
    /// <param name="use">Takes a clip of one frame.</param>
    /// <param name="options">Of GIFs and stills only the maximum number of frames counts.</param>
    /// <inheritdoc cref="Read"/>
    public static void ForEachFrame(string path, Action<Clip> use, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (IsVideo(path))
        {
            VideoFile.ForEachFrame(path, _ => options ?? new ReadOptions(), use, cancellationToken);
            return;
        }

        var clip = Read(path, null, cancellationToken);
        for (var i = 0; i < Math.Min(clip.Frames, options?.MaxFrames ?? clip.Frames); i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            use(Resample.Select(clip, [i]));
        }
    }

    /// <summary>The path, once it is seen that its extension is one that can be written.</summary>
    /// <exception cref="TinySoraException">UnwritableFormat.</exception>
    public static string Writable(string path) => WritableExtensions.Contains(Extension(path)) ? path : throw MediaErrors.UnwritableFormat(path);

    /// <summary>
    /// Writes a GIF, an MP4 or, from one frame, a PNG. The file appears when it is complete; on failure an older one of this
    /// name stays as it was.
    /// </summary>
    /// <param name="comment">Text kept in the file's metadata, see <see cref="ReadComment"/>.</param>
    /// <param name="overwrite">Whether the file may replace another one of its name.</param>
    /// <exception cref="TinySoraException">Unknown format, NameTaken, the disk refused, or ffmpeg is missing or failed.</exception>
    public static void Write(string path, Clip clip, string? comment = null, bool overwrite = true, CancellationToken cancellationToken = default) =>
        AtomicFile.WriteStream(path, Encoder(path, clip, comment, cancellationToken), MediaErrors.CannotWrite, overwrite);

    /// <summary>Writes a clip unless something has its name, including a file that appeared while this one was written.</summary>
    /// <returns>Whether the file was written.</returns>
    /// <inheritdoc cref="Write"/>
    public static bool TryWriteNew(string path, Clip clip, string? comment = null) =>
        AtomicFile.TryWriteNew(path, Encoder(path, clip, comment, default), MediaErrors.CannotWrite);

    /// <summary>What writes a clip in the format of its file's name.</summary>
    private static Action<Stream> Encoder(string path, Clip clip, string? comment, CancellationToken cancellationToken)
    {
        var extension = Extension(Writable(path));
        if (extension == ".png" && clip.Frames != 1)
        {
            throw MediaErrors.StillOfManyFrames(path, clip.Frames);
        }

        if (extension == ".gif" && Math.Max(clip.Width, clip.Height) > ushort.MaxValue)
        {
            throw MediaErrors.TooLargeToWrite(path, clip.Width, clip.Height, ushort.MaxValue);
        }

        return extension switch
        {
            ".gif" => output => GifCodec.Write(output, clip, comment, cancellationToken),
            ".png" => output => PngCodec.Write(output, clip, comment, cancellationToken),
            ".mp4" => output => VideoFile.WriteMp4(output, path, clip, comment, cancellationToken),
            _ => throw new NotSupportedException(extension),
        };
    }

    /// <summary>The text that <see cref="Write"/> kept in the file's metadata; null if there is none.</summary>
    /// <exception cref="TinySoraException">As <see cref="Read"/>.</exception>
    public static string? ReadComment(string path)
    {
        if (IsVideo(path))
        {
            return FFmpeg.ReadComment(path);
        }

        return Extension(path) switch
        {
            ".gif" => GifCodec.ReadComment(path),
            ".png" => PngCodec.ReadComment(path),
            var extension when StillImage.Extensions.Contains(extension) => null, // never written here
            _ => throw Unread(path),
        };
    }

    private static TinySoraException Unread(string path) =>
        Path.Exists(path) ? MediaErrors.UnknownFormat(path, ReadableExtensions) : MediaErrors.NotFound(path);

    private static string Extension(string path) => Path.GetExtension(path).ToLowerInvariant();
}
