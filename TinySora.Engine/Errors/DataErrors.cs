namespace TinySora.Engine.Errors;

/// <summary>Errors in reading or writing datasets.</summary>
public static class DataErrors
{
    internal const string TooShortId = "TinySora.Data.TooShort";

    private const string HowToMake =
        "To create a dataset, use New-TinySoraDataset with -Kind Shapes, or with your own videos in -Source.";

    /// <summary>Number of supported extensions that an error lists.</summary>
    private const int MaxExtensions = 3;

    public static TinySoraException FolderMissing(string folder, IEnumerable<string> extensions) => new(
        "TinySora.Data.FolderMissing", ErrorKind.ObjectNotFound, folder,
        $"The data folder '{folder}' does not exist; expected a folder with clips ({Some(extensions)}) and captions (.txt).",
        "Check the path, or training_data_dir in the configuration. " + HowToMake);

    public static TinySoraException NotAFolder(string path) => new(
        "TinySora.Data.NotAFolder", ErrorKind.InvalidArgument, path,
        $"'{path}' is a file; expected a folder with clips.",
        "Specify the folder that contains the clips. To create a folder of clips from a video or an archive, use New-TinySoraDataset -Source.");

    public static TinySoraException FramesMissing(string folder, IEnumerable<string> extensions) => new(
        "TinySora.Data.FramesMissing", ErrorKind.ObjectNotFound, folder,
        $"The frame folder '{folder}' does not exist; expected a folder with images ({Some(extensions)}) or videos.",
        "Check the path, or training_data_dir in the configuration. Export-TinySoraFrame extracts images from videos.");

    public static TinySoraException SplitMissing(string folder, string path) => new(
        "TinySora.Data.SplitMissing", ErrorKind.ObjectNotFound, path,
        $"The dataset '{folder}' is divided into splits, but the folder '{path}' is missing.",
        "Put the clips for that split into the missing folder, or specify another dataset.");

    public static TinySoraException FolderUnreadable(string folder, Exception cause) => new(
        "TinySora.Data.FolderUnreadable", ErrorKind.ReadError, folder,
        $"The data folder '{folder}' cannot be read: {cause.Message}",
        "Check that you have permission to read the folder and its subfolders.", cause);

    public static TinySoraException NoClips(string folder, IEnumerable<string> extensions) => new(
        "TinySora.Data.NoClips", ErrorKind.ObjectNotFound, folder,
        $"The data folder '{folder}' and its subfolders contain no clips; expected {Some(extensions)}.",
        "Check the path, or training_data_dir in the configuration. For latents in a .npy file, specify the file itself. " + HowToMake);

    public static TinySoraException NoPictures(string folder, IEnumerable<string> extensions) => new(
        "TinySora.Data.NoPictures", ErrorKind.ObjectNotFound, folder,
        $"The folder '{folder}' and its subfolders contain no images; expected {Some(extensions)}.",
        "Extract images from videos with Export-TinySoraFrame.");

    /// <param name="reason">Why the first clip cannot be used.</param>
    public static TinySoraException NoUsableClips(string folder, int clips, string reason) => new(
        "TinySora.Data.NoUsableClips", ErrorKind.InvalidData, folder,
        $"No clip in '{folder}' can be used (number of clips: {clips}). First problem: {reason}",
        "Repair or replace the files. " + HowToMake);

    /// <param name="path">Path of the first file.</param>
    /// <param name="reason">Why the first file cannot be used.</param>
    public static TinySoraException NoUsableVideos(int videos, string path, string reason) => new(
        "TinySora.Data.NoUsableVideos", ErrorKind.InvalidData, path,
        $"No file can be used (number of files: {videos}). First problem, in '{path}': {reason}",
        "Specify videos, GIFs, or folders that contain them, and repair or replace files that cannot be read.");

    public static TinySoraException TooManyClips(string folder, int limit) => new(
        "TinySora.Data.TooManyClips", ErrorKind.LimitsExceeded, folder,
        $"The import stopped at the limit of -MaxClips ({limit}). The clips created so far are in '{folder}'.",
        "Run the same command with a higher -MaxClips to resume, or cut fewer clips with a larger -Stride or with -MaxClipsPerVideo.");

    public static TinySoraException TooManyClipsPerSecond(double clips, int limit) => new(
        "TinySora.Data.TooManyClipsPerSecond", ErrorKind.InvalidArgument, "Stride",
        FormattableString.Invariant($"The values of -FramesPerSecond and -Stride yield {clips:0.#} clips per second of video; the limit is {limit}."),
        "Use a larger -Stride or a lower -FramesPerSecond, or set -MaxClipsPerVideo, which lifts this limit.");

    public static TinySoraException OutputExists(string path) => new(
        "TinySora.Data.OutputExists", ErrorKind.ResourceExists, path,
        $"'{path}' already exists.",
        "Specify another output folder, or overwrite the existing files with -Force.");

    public static TinySoraException CannotWrite(string folder, Exception cause) => new(
        "TinySora.Data.CannotWrite", ErrorKind.WriteError, folder,
        $"Cannot write to the folder '{folder}': {cause.Message}",
        "Use a folder that you can write to.", cause);

    public static TinySoraException FolderInUse(string folder, Exception? cause = null) => new(
        "TinySora.Data.FolderInUse", ErrorKind.ResourceBusy, folder,
        $"Another command is writing to the folder '{folder}'.",
        "Wait until that command has finished, then run the same command again, or use another folder.", cause);

    public static TinySoraException OutOfRange(string parameter, object value, string expected) => new(
        "TinySora.Data.OutOfRange", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} is {value}; expected {expected}.",
        $"Specify an accepted value with -{parameter}.");

    public static TinySoraException SourceMissing(string path) => new(
        "TinySora.Data.SourceMissing", ErrorKind.ObjectNotFound, path,
        $"The file or folder '{path}' does not exist.",
        "Check the path. Relative paths are resolved from the current directory.");

    public static TinySoraException NoVideos(IEnumerable<string> sources, IEnumerable<string> extensions) => new(
        "TinySora.Data.NoVideos", ErrorKind.ObjectNotFound, string.Join(", ", sources),
        $"No videos were found in {string.Join(", ", sources)}; expected {Some(extensions)}.",
        "Check that the paths are correct and refer to videos. To create clips from pictures with a transparent background (PNG), use "
            + "New-TinySoraDataset -Kind Sprites.");

    public static TinySoraException CaptionsUnreadable(string path, string reason, Exception? cause = null) => new(
        "TinySora.Data.CaptionsUnreadable", ErrorKind.InvalidData, path,
        $"The captions in '{path}' cannot be read: {reason}",
        "Use a CSV file with the columns video and caption, and optionally start and either duration or end (seconds, m:ss or h:mm:ss). "
            + "Or use a JSON list of objects, or a JSONL file with one object per line; each object has the keys video, and caption or captions.", cause);

    public static TinySoraException CaptionRefused(string path, Exception cause) => new(
        "TinySora.Data.CaptionRefused", ErrorKind.ReadError, path,
        $"The caption file '{path}' cannot be read: {cause.Message}",
        "Check your permissions and the disk, then run the same command again. You can also delete the file; its clip then has no caption.", cause);

    public static TinySoraException NpyUnreadable(string path, Exception cause) => new(
        "TinySora.Data.NpyUnreadable", ErrorKind.InvalidData, path,
        $"The NumPy file '{path}' cannot be read: {cause.Message.TrimEnd('.')}.",
        "Save the file again with numpy.save; it must contain a numeric array.", cause);

    public static TinySoraException NpyUnwritable(string path, Exception cause) => new(
        "TinySora.Data.NpyUnwritable", ErrorKind.WriteError, path,
        $"The NumPy file '{path}' cannot be written: {cause.Message}",
        "Free disk space, or use a folder that you can write to.", cause);

    public static TinySoraException VectorUnusable(string path, string reason, int width) => new(
        "TinySora.Data.VectorUnusable", ErrorKind.InvalidData, path,
        $"'{path}' {reason}; model.cond_dim requires a vector of {width} finite numbers.",
        $"Write the file again with {width} finite numbers, or set model.cond_dim to the length of the vectors.");

    public static TinySoraException NoVectors(string folder, int width) => new(
        "TinySora.Data.NoVectors", ErrorKind.ObjectNotFound, folder,
        $"model.cond_dim is {width} and there is no text encoder, so each clip needs a condition vector, but no clip in '{folder}' has one.",
        $"Write a float32 vector of {width} numbers to a file NAME.npy next to each NAME.gif, or set model.cond_dim: null for an unconditional model.");

    public static TinySoraException OtherLength(string path, int frames) => new(
        "TinySora.Data.OtherLength", ErrorKind.InvalidData, path,
        $"The number of frames in '{path}' differs from that of the model's clips ({frames}).",
        "Set trainer.force_num_frames: true to truncate or pad clips, or change the model's number of frames.");

    public static TinySoraException UnknownKind(string name, IEnumerable<string> names) => new(
        "TinySora.Data.UnknownKind", ErrorKind.InvalidArgument, name,
        $"There is no dataset kind '{name}'.",
        $"Set -Kind to one of {string.Join(", ", names)}.");

    public static TinySoraException TooShort(string path, int frames, int wanted) => new(
        TooShortId, ErrorKind.InvalidData, path,
        $"'{path}' is too short for the model's clips (frames: {frames}; required: {wanted}).",
        "Set trainer.drop_short_clips: false to pad short clips with black frames, or reduce the model's number of frames.");

    public static TinySoraException KindNeedsSource(string kind) => new(
        "TinySora.Data.KindNeedsSource", ErrorKind.InvalidArgument, kind,
        $"Datasets of kind {kind} are built from local files; nothing is downloaded.",
        "Download the dataset yourself, then specify its folder or archive with -Source.");

    public static TinySoraException ParameterNeedsSource(string parameter) => new(
        "TinySora.Data.ParameterNeedsSource", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} applies only to clips from videos, but no videos are specified.",
        "Specify the videos, or a folder or archive that contains them, with -Source.");

    public static TinySoraException KindIsDrawn(string kind) => new(
        "TinySora.Data.KindIsDrawn", ErrorKind.InvalidArgument, kind,
        $"Datasets of kind {kind} are synthetic and have no source.",
        "Omit -Source to create a synthetic dataset, or omit -Kind to import the files in -Source.");

    /// <param name="clip">Path of one of the clips, relative to the folder.</param>
    public static TinySoraException OwnClips(string folder, string clip) => new(
        "TinySora.Data.OwnClips", ErrorKind.ResourceExists, folder,
        $"'{folder}' contains clips that TinySora did not write, such as '{clip}', and this command would add drawn clips to them.",
        "To import your clips, use New-TinySoraDataset with their folder in -Source and a new folder in -Path. To draw clips, use another -Path, or add them "
            + "to your clips with -Kind Shapes.");

    public static TinySoraException ForeignParameter(string kind, string parameter, IEnumerable<string> kinds) => new(
        "TinySora.Data.ForeignParameter", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} does not apply to datasets of kind {kind}.",
        $"Omit -{parameter}, which applies only to the kinds {string.Join(", ", kinds)}.");

    public static TinySoraException LayoutUnknown(string folder, string dataset, string expected) => new(
        "TinySora.Data.LayoutUnknown", ErrorKind.InvalidData, folder,
        $"'{folder}' does not have the layout of {dataset}; expected {expected}.",
        "Check the path. For any other folder of videos, use New-TinySoraDataset -Kind Videos.");

    public static TinySoraException PartsMissing(string folder, string dataset, IEnumerable<string> parts) => new(
        "TinySora.Data.PartsMissing", ErrorKind.ObjectNotFound, folder,
        $"Parts of {dataset} are missing in '{folder}': {string.Join(", ", parts)}.",
        "Download the complete dataset yourself, then specify its folder or archive.");

    public static TinySoraException CannotRead(string path, Exception cause) => new(
        "TinySora.Data.CannotRead", ErrorKind.ReadError, path,
        $"'{path}' cannot be read: {cause.Message}",
        "Check that the path refers to a file and that you have permission to read it.", cause);

    public static TinySoraException StoreUnreadable(string path, Exception cause) => new(
        "TinySora.Data.StoreUnreadable", ErrorKind.ReadError, path,
        $"The decoded clips in '{path}' can no longer be read: {cause.Message}",
        "Run the same command again: missing data is decoded again from the clips, and training resumes from its last checkpoint. "
            + "If the file is corrupt, delete it first. Do not change files in .tinysora while a command uses them.", cause);

    public static TinySoraException NothingSelected(string path) => new(
        "TinySora.Data.NothingSelected", ErrorKind.ObjectNotFound, path,
        $"No video matches a name listed in '{path}'.",
        "Write one name or pattern per line, such as *_TaiChi*; folders and extensions are ignored.");

    public static TinySoraException SeveralTables(string folder, IEnumerable<string> tables) => new(
        "TinySora.Data.SeveralTables", ErrorKind.InvalidArgument, folder,
        $"'{folder}' contains several tables that may hold captions: {string.Join(", ", tables)}.",
        "Choose one, for example with New-TinySoraDataset -CaptionPath.");

    public static TinySoraException NoIdxFile(string path, string reason, Exception? cause = null) => new(
        "TinySora.Data.NoIdxFile", ErrorKind.InvalidData, path,
        $"'{path}' cannot be read as an IDX file of digits: {reason}.",
        "Download the file again, or omit -DigitPath to use the built-in digits.", cause);

    public static TinySoraException DigitsMissing(string path) => new(
        "TinySora.Data.DigitsMissing", ErrorKind.ObjectNotFound, path,
        $"The digits or their labels are missing at '{path}'; expected the files train-images-idx3-ubyte, train-labels-idx1-ubyte, "
            + "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, with or without .gz.",
        "Put all MNIST files into one folder and specify it with -DigitPath, or omit -DigitPath to use the built-in digits.");

    public static TinySoraException NoArchive(string path) => new(
        "TinySora.Data.NoArchive", ErrorKind.InvalidArgument, path,
        $"'{path}' is not an archive; expected a .zip, .tar, .tar.gz or .tgz file.",
        "Check -Source, or use -Kind Videos for a folder of videos.");

    public static TinySoraException UnsafeArchive(string path, string reason) => new(
        "TinySora.Data.UnsafeArchive", ErrorKind.SecurityError, path,
        $"The archive '{path}' was rejected: {reason}.",
        "None of its files were kept. If you trust the archive, extract it yourself and specify the folder.");

    public static TinySoraException DamagedArchive(string path, string reason, Exception? cause = null) => new(
        "TinySora.Data.DamagedArchive", ErrorKind.InvalidData, path,
        $"The archive '{path}' cannot be extracted: {reason}",
        "Download the archive again; it must be a .zip, .tar, .tar.gz or .tgz file.", cause);

    private static string Some(IEnumerable<string> extensions) => Text.JoinLimited([.. extensions], MaxExtensions);
}
