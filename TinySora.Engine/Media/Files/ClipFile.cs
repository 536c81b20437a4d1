using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Formats;
using TinySora.Engine.Media.Gif;
using TinySora.Engine.Media.Png;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Media.Files;

/// <summary>Reads and writes clip files; the extension determines the format.</summary>
public static class ClipFile
{
    private static readonly string[] StillExtensions = [".png", .. StillImage.Extensions];

    /// <summary>File extensions that can be read, in lower case with the dot.</summary>
    public static IReadOnlyList<string> ReadableExtensions { get; } = [".gif", .. StillExtensions, .. VideoFormats.Extensions];

    /// <summary>Formats for clips with several frames: writable extensions without the dot.</summary>
    public static IReadOnlyList<string> MovingFormats { get; } = ["gif", "mp4"];

    public static IReadOnlyList<string> WritableExtensions { get; } = [".gif", ".png", ".mp4"];

    /// <summary>Returns whether a file name has the extension of a readable clip.</summary>
    public static bool IsClip(string path) => IsGif(path) || IsStill(path) || IsVideo(path);

    public static bool IsGif(string path) => Extension(path) == ".gif";

    public static bool IsStill(string path) => StillExtensions.Contains(Extension(path));

    /// <summary>Returns whether a file is a video, judging by its extension. Reading a video requires ffmpeg.</summary>
    public static bool IsVideo(string path) => VideoFormats.Extensions.Contains(Extension(path));

    /// <summary>Reads a GIF, a still image (one frame) or a video.</summary>
    /// <exception cref="TinySoraException">The file is missing, corrupt, too large or of an unknown format, or ffmpeg is missing.</exception>
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
        return options == null ? clip : DecodedClipFilter.Of(clip, options, path, ends);
    }

    /// <summary>Passes the frames of a clip to a function one by one. Only one frame of a video is in memory at a time.</summary>
    /// <param name="use">Function that receives each frame as a clip with one frame.</param>
    /// <param name="options">Options for reading; for GIFs and still images, only the maximum number of frames applies.</param>
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

    /// <summary>Returns the path if files with its extension can be written.</summary>
    /// <exception cref="TinySoraException">UnwritableFormat.</exception>
    public static string Writable(string path) => WritableExtensions.Contains(Extension(path)) ? path : throw MediaErrors.UnwritableFormat(path);

    /// <summary>
    /// Writes a GIF, an MP4 or, for a clip with one frame, a PNG. The file appears once it is complete; if writing fails, an existing file remains unchanged.
    /// </summary>
    /// <param name="comment">Text to store in the file's metadata, see <see cref="ReadComment"/>.</param>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="TinySoraException">The format is unknown, NameTaken, writing fails, or ffmpeg is missing or fails.</exception>
    public static void Write(string path, Clip clip, string? comment = null, bool overwrite = true, CancellationToken cancellationToken = default) =>
        AtomicFile.WriteStream(path, Encoder(path, clip, comment, cancellationToken), MediaErrors.CannotWrite, overwrite);

    /// <summary>Writes a clip unless a file with its name exists, even one that appears during writing.</summary>
    /// <returns>Whether the file was written.</returns>
    /// <inheritdoc cref="Write"/>
    public static bool TryWriteNew(string path, Clip clip, string? comment = null) =>
        AtomicFile.TryWriteNew(path, Encoder(path, clip, comment, default), MediaErrors.CannotWrite);

    /// <summary>Returns a function that writes a clip in the format of the file's extension.</summary>
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

    /// <summary>Reads the text that <see cref="Write"/> stored in the file's metadata; <c>null</c> if there is none.</summary>
    /// <exception cref="TinySoraException">The errors of <see cref="Read"/>.</exception>
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
            var extension when StillImage.Extensions.Contains(extension) => null, // never written by this program
            _ => throw Unread(path),
        };
    }

    private static TinySoraException Unread(string path) =>
        Path.Exists(path) ? MediaErrors.UnknownFormat(path, ReadableExtensions) : MediaErrors.NotFound(path);

    private static string Extension(string path) => Path.GetExtension(path).ToLowerInvariant();
}
