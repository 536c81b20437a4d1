namespace TinySora.Engine.Errors;

/// <summary>Errors in images, animations and video files.</summary>
public static class MediaErrors
{
    internal const string CannotWriteId = "TinySora.Media.CannotWrite";
    internal const string NoFramesId = "TinySora.Media.NoFrames";
    internal const string TooLargeId = "TinySora.Media.TooLarge";

    public static TinySoraException NotFound(string path) => new(
        "TinySora.Media.NotFound", ErrorKind.ObjectNotFound, path,
        $"The file '{path}' does not exist.",
        "Check the path. Relative paths are resolved from the current directory.");

    public static TinySoraException CannotOpen(string path, Exception cause) => new(
        "TinySora.Media.CannotOpen", ErrorKind.ReadError, path,
        $"'{path}' cannot be read: {cause.Message}",
        "Check the file's permissions, and make sure that no other program has the file open.", cause);

    public static TinySoraException UnknownFormat(string path, IEnumerable<string> extensions) => new(
        "TinySora.Media.UnknownFormat", ErrorKind.InvalidArgument, path,
        $"'{path}' has an unsupported extension.",
        $"Use a file with one of these extensions: {string.Join(' ', extensions)}.");

    public static TinySoraException Corrupt(string path, string reason, Exception? cause = null) => new(
        "TinySora.Media.Corrupt", ErrorKind.InvalidData, path,
        $"'{path}' cannot be decoded: {reason}.",
        "Create or download the file again, or remove it from the folder.", cause);

    public static TinySoraException AnimatedWebP(string path) => new(
        "TinySora.Media.AnimatedWebP", ErrorKind.InvalidData, path,
        $"'{path}' is an animated WebP file, but only still WebP images are supported.",
        "Convert the file to .gif or .mp4, for example with ImageMagick: magick loop.webp loop.gif");

    /// <param name="extension">File name extension that marks a file in this format as a video.</param>
    public static TinySoraException AnimatedPicture(string path, string format, string extension) => new(
        "TinySora.Media.AnimatedPicture", ErrorKind.InvalidData, path,
        $"'{path}' is an animated {format} file, but has the extension of a still image.",
        $"To read it as a video, rename the file so that its name ends in {extension}.");

    public static TinySoraException PictureUnread(string path, string format, Exception? cause = null) => new(
        "TinySora.Media.PictureUnread", ErrorKind.InvalidData, path,
        $"'{path}' is an image in the {format} format, which the installed ffmpeg cannot read.",
        "Convert the image to .jpg or .png, for example with ImageMagick: magick photo.heic photo.jpg", cause);

    public static TinySoraException CorruptFrame(string path, int frame, string reason) =>
        Corrupt(path, $"frame {frame + 1}: {reason}");

    public static TinySoraException TooLarge(string path, long decodedBytes, long limit) => new(
        TooLargeId, ErrorKind.InvalidData, path,
        FormattableString.Invariant($"'{path}' would take {decodedBytes / 1048576.0:N0} MiB when decoded, but the limit per clip is {limit / 1048576:N0} MiB."),
        "Read only part of the video (set its start, duration or number of frames), read it at a smaller size, or cut the file with ffmpeg.");

    public static TinySoraException SheetTooLarge(int clips, int frames, long height, long width, long limit) => new(
        "TinySora.Media.SheetTooLarge", ErrorKind.InvalidArgument, clips,
        FormattableString.Invariant(
            $"A contact sheet of {clips} clips would have {width} x {height} pixels{(frames == 1 ? "" : $" in {frames} frames")}, ")
            + FormattableString.Invariant($"which takes more than the limit of {limit / 1048576:N0} MiB."),
        "Include fewer or smaller clips in the sheet.");

    public static TinySoraException NoFrames(string path) => new(
        NoFramesId, ErrorKind.InvalidData, path,
        $"'{path}' has no frames in the requested range.",
        "Choose a start and a duration that lie within the video.");

    public static TinySoraException UnwritableFormat(string path) => new(
        "TinySora.Media.UnwritableFormat", ErrorKind.InvalidArgument, path,
        $"A video cannot be written to '{path}', because the name does not have the extension of a supported format.",
        "Use a file name that ends in .gif, .mp4 or .png (for a single frame).");

    public static TinySoraException StillOfManyFrames(string path, int frames) => new(
        "TinySora.Media.StillOfManyFrames", ErrorKind.InvalidArgument, path,
        $"'{path}' can hold only one image, but the clip has {frames} frames.",
        "Use a file name that ends in .gif or .mp4, or write a contact sheet of the clip.");

    public static TinySoraException TooLargeToWrite(string path, int width, int height, int limit) => new(
        "TinySora.Media.TooLargeToWrite", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be written: a GIF can be at most {limit} pixels wide and high, but the clip has {width} x {height} pixels.",
        "Write the clip as .mp4, or at a smaller size.");

    public static TinySoraException CannotWrite(string path, Exception cause) => new(
        CannotWriteId, ErrorKind.WriteError, path,
        $"'{path}' cannot be written: {cause.Message}",
        "Check that the folder exists, that you can write to it, and that the disk has free space.", cause);

    public static TinySoraException FFmpegMissing(string program) => new(
        "TinySora.Media.FFmpegMissing", ErrorKind.NotInstalled, program,
        $"Video files require the program '{program}', which is not on the PATH.",
        (OperatingSystem.IsWindows() ? "Install it: winget install ffmpeg"
            : OperatingSystem.IsMacOS() ? "Install it: brew install ffmpeg"
            : "Install it: apt-get install ffmpeg") + ". GIF files do not require it.");

    public static TinySoraException FFmpegFailed(string path, string program, string lastLine) => new(
        "TinySora.Media.FFmpegFailed", ErrorKind.InvalidData, path,
        $"{program} cannot process '{path}': {lastLine}",
        "Check whether other programs can open the file. If it is corrupt, create or download it again.");

    public static TinySoraException SvgConverterMissing(string path, string program) => new(
        "TinySora.Media.SvgConverterMissing", ErrorKind.NotInstalled, path,
        $"Reading '{path}' requires the program {program}, which is not on the PATH.",
        $"Install librsvg (Debian and Ubuntu: apt-get install librsvg2-bin), or convert the file to PNG.");
}
