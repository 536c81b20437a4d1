namespace TinySora.Engine.Errors;

/// <summary>Failures of datasets.</summary>
public static class DataErrors
{
    internal const string TooShortId = "TinySora.Data.TooShort";

    private const string HowToMake =
        "New-TinySoraDataset makes one: -Kind Shapes, or -Source with your own videos.";

    public static TinySoraException FolderMissing(string folder, IEnumerable<string> extensions) => new(
        "TinySora.Data.FolderMissing", ErrorKind.ObjectNotFound, folder,
        $"The data folder '{folder}' does not exist; expected one with clips ({string.Join(' ', extensions)}) and captions (.txt).",
        "Check the path that was given, or training_data_dir. " + HowToMake);

    public static TinySoraException FramesMissing(string folder, IEnumerable<string> extensions) => new(
        "TinySora.Data.FramesMissing", ErrorKind.ObjectNotFound, folder,
        $"The folder of frames '{folder}' does not exist; expected one with pictures ({string.Join(' ', extensions)}), or with videos.",
        "Check the path that was given, or training_data_dir. Export-TinySoraFrame makes pictures of videos.");

    public static TinySoraException SplitMissing(string folder, string path) => new(
        "TinySora.Data.SplitMissing", ErrorKind.ObjectNotFound, path,
        $"The dataset '{folder}' is in splits, but there is no folder '{path}'.",
        "Put the clips of that split there, or name another folder.");

    public static TinySoraException FolderUnreadable(string folder, Exception cause) => new(
        "TinySora.Data.FolderUnreadable", ErrorKind.ReadError, folder,
        $"The data folder '{folder}' cannot be read: {cause.Message}",
        "Check that you may read the folder and what is below it.", cause);

    public static TinySoraException NoClips(string folder, IEnumerable<string> extensions) => new(
        "TinySora.Data.NoClips", ErrorKind.ObjectNotFound, folder,
        $"The data folder '{folder}' holds no clip, nor do the folders below; looked for {string.Join(' ', extensions)}.",
        "Check the path that was given, or training_data_dir; of latents in a .npy file give the file. " + HowToMake);

    public static TinySoraException NoPictures(string folder, IEnumerable<string> extensions) => new(
        "TinySora.Data.NoPictures", ErrorKind.ObjectNotFound, folder,
        $"The folder '{folder}' holds no picture, nor do the folders below; looked for {string.Join(' ', extensions)}.",
        "Make some out of videos with Export-TinySoraFrame.");

    /// <param name="reason">Why the first of them cannot.</param>
    public static TinySoraException NoUsableClips(string folder, int clips, string reason) => new(
        "TinySora.Data.NoUsableClips", ErrorKind.InvalidData, folder,
        $"None of the {clips} clips in '{folder}' can be used. The first: {reason}",
        "Mend or replace the files. " + HowToMake);

    /// <param name="path">Of the first of them.</param>
    /// <param name="reason">Why it cannot.</param>
    public static TinySoraException NoUsableVideos(int videos, string path, string reason) => new(
        "TinySora.Data.NoUsableVideos", ErrorKind.InvalidData, path,
        $"None of the {videos} files that were looked at can be used. The first, '{path}': {reason}",
        "Give videos, GIFs, or folders that hold some, and mend or replace those that are named.");

    public static TinySoraException TooManyClips(string folder, int limit) => new(
        "TinySora.Data.TooManyClips", ErrorKind.LimitsExceeded, folder,
        $"The import has made {limit} clips, the limit of -MaxClips, and stops. They are in '{folder}'.",
        "Run the same line with a higher -MaxClips to resume, or take fewer: a larger -Stride, or -MaxClipsPerVideo.");

    public static TinySoraException TooManyClipsPerSecond(double clips, int limit) => new(
        "TinySora.Data.TooManyClipsPerSecond", ErrorKind.InvalidArgument, "Stride",
        FormattableString.Invariant($"-FramesPerSecond and -Stride would cut {clips:0.#} clips out of each second of film; the limit is {limit}."),
        "Choose a larger -Stride or a lower -FramesPerSecond, or set -MaxClipsPerVideo, with which this limit does not apply.");

    public static TinySoraException OutputExists(string path) => new(
        "TinySora.Data.OutputExists", ErrorKind.ResourceExists, path,
        $"'{path}' exists already.",
        "Choose another folder, or overwrite it with the parameter Force.");

    public static TinySoraException CannotWrite(string folder, Exception cause) => new(
        "TinySora.Data.CannotWrite", ErrorKind.WriteError, folder,
        $"The folder '{folder}' cannot be written: {cause.Message}",
        "Choose a folder that you may write to.", cause);

    public static TinySoraException FolderInUse(string folder, Exception? cause = null) => new(
        "TinySora.Data.FolderInUse", ErrorKind.ResourceBusy, folder,
        $"Another command is writing into the folder '{folder}'.",
        "Wait until it has ended and run the same line again, or name another folder.", cause);

    public static TinySoraException OutOfRange(string parameter, object value, string expected) => new(
        "TinySora.Data.OutOfRange", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} is {value}; expected {expected}.",
        $"Set -{parameter} to {expected}.");

    public static TinySoraException SourceMissing(string path) => new(
        "TinySora.Data.SourceMissing", ErrorKind.ObjectNotFound, path,
        $"There is no file or folder '{path}'.",
        "Check the path; relative ones start at the current directory.");

    public static TinySoraException NoVideos(IEnumerable<string> sources, IEnumerable<string> extensions) => new(
        "TinySora.Data.NoVideos", ErrorKind.ObjectNotFound, string.Join(", ", sources),
        $"No video in {string.Join(", ", sources)}; looked for {string.Join(' ', extensions)}.",
        "Check the path.");

    public static TinySoraException CaptionsUnreadable(string path, string reason, Exception? cause = null) => new(
        "TinySora.Data.CaptionsUnreadable", ErrorKind.InvalidData, path,
        $"The captions in '{path}' cannot be read: {reason}",
        "Expected a CSV file with the columns video and caption, and if wanted start and duration or end (seconds, m:ss or h:mm:ss); "
            + "or a JSON list (JSONL: lines) of objects with video and caption or captions.", cause);

    public static TinySoraException CaptionRefused(string path, Exception cause) => new(
        "TinySora.Data.CaptionRefused", ErrorKind.ReadError, path,
        $"The caption '{path}' cannot be read: {cause.Message}",
        "Check that you may read the file and that its disk is sound, then run the same line again; without the file the clip has no text.", cause);

    public static TinySoraException NpyUnreadable(string path, Exception cause) => new(
        "TinySora.Data.NpyUnreadable", ErrorKind.InvalidData, path,
        $"The NumPy file '{path}' cannot be read: {cause.Message.TrimEnd('.')}.",
        "Write it anew with numpy.save, as an array of plain numbers.", cause);

    public static TinySoraException NpyUnwritable(string path, Exception cause) => new(
        "TinySora.Data.NpyUnwritable", ErrorKind.WriteError, path,
        $"The NumPy file '{path}' cannot be written: {cause.Message}",
        "Free disk space, or choose a folder that you may write to.", cause);

    public static TinySoraException VectorUnusable(string path, string reason, int width) => new(
        "TinySora.Data.VectorUnusable", ErrorKind.InvalidData, path,
        $"'{path}' {reason}; model.cond_dim asks for a vector of {width} finite numbers.",
        $"Write the file anew with {width} numbers, or set model.cond_dim to the width that the files have.");

    public static TinySoraException NoVectors(string folder, int width) => new(
        "TinySora.Data.NoVectors", ErrorKind.ObjectNotFound, folder,
        $"model.cond_dim is {width} and there is no text encoder, so the model is to be conditioned on vectors; but no clip in '{folder}' has one.",
        $"Put a float32 vector of {width} numbers as NAME.npy beside each NAME.gif, or set model.cond_dim: null for a model without condition.");

    public static TinySoraException OtherLength(string path, int frames) => new(
        "TinySora.Data.OtherLength", ErrorKind.InvalidData, path,
        $"'{path}' has not the {frames} frames of the model's clips.",
        "Set trainer.force_num_frames: true to have clips cut or filled up, or let the model take as many frames.");

    public static TinySoraException UnknownKind(string name, IEnumerable<string> names) => new(
        "TinySora.Data.UnknownKind", ErrorKind.InvalidArgument, name,
        $"There is no kind of dataset '{name}'.",
        $"Set -Kind to one of {string.Join(", ", names)}.");

    public static TinySoraException TooShort(string path, int frames, int wanted) => new(
        TooShortId, ErrorKind.InvalidData, path,
        $"'{path}' has {frames} frames, fewer than the {wanted} of the model's clips.",
        "Set trainer.drop_short_clips: false to have it filled up with black, or let the model take fewer frames.");

    public static TinySoraException KindNeedsSource(string kind) => new(
        "TinySora.Data.KindNeedsSource", ErrorKind.InvalidArgument, kind,
        $"Datasets of the kind {kind} are made out of files that are here already; nothing is downloaded.",
        "Download the dataset yourself, then name its folder or archive with -Source.");

    public static TinySoraException KindIsDrawn(string kind) => new(
        "TinySora.Data.KindIsDrawn", ErrorKind.InvalidArgument, kind,
        $"Datasets of the kind {kind} are drawn; they have no source.",
        "Leave out -Source, or -Kind.");

    public static TinySoraException ForeignParameter(string kind, string parameter, IEnumerable<string> kinds) => new(
        "TinySora.Data.ForeignParameter", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} means nothing to the kind {kind}.",
        $"Leave it out; it belongs to {string.Join(", ", kinds)}.");

    public static TinySoraException LayoutUnknown(string folder, string dataset, string expected) => new(
        "TinySora.Data.LayoutUnknown", ErrorKind.InvalidData, folder,
        $"'{folder}' is not laid out as {dataset} is; expected {expected}.",
        "Check the path; of any other folder of videos New-TinySoraDataset -Kind Videos makes a dataset.");

    public static TinySoraException PartsMissing(string folder, string dataset, IEnumerable<string> parts) => new(
        "TinySora.Data.PartsMissing", ErrorKind.ObjectNotFound, folder,
        $"'{folder}' lacks parts of {dataset}: {string.Join(", ", parts)}.",
        "Download the dataset yourself, completely; nothing is downloaded here. Then name its folder or archive.");

    public static TinySoraException CannotRead(string path, Exception cause) => new(
        "TinySora.Data.CannotRead", ErrorKind.ReadError, path,
        $"'{path}' cannot be read: {cause.Message}",
        "Check that it is a file that you may read.", cause);

    public static TinySoraException StoreUnreadable(string path, Exception cause) => new(
        "TinySora.Data.StoreUnreadable", ErrorKind.ReadError, path,
        $"The decoded clips in '{path}' cannot be read any more: {cause.Message}",
        "Run the same command again: what is missing in the file is made again from the clips, and training resumes from its last checkpoint. Do not change "
            + "files in .tinysora while a command uses them; if the disk is at fault, delete the file first.", cause);

    public static TinySoraException NothingSelected(string path) => new(
        "TinySora.Data.NothingSelected", ErrorKind.ObjectNotFound, path,
        $"None of the videos has a name that '{path}' lists.",
        "Expected a name, or a pattern such as *_TaiChi*, on each line; folders and extensions do not count.");

    public static TinySoraException SeveralTables(string folder, IEnumerable<string> tables) => new(
        "TinySora.Data.SeveralTables", ErrorKind.InvalidArgument, folder,
        $"'{folder}' holds several tables that may be its captions: {string.Join(", ", tables)}.",
        "Name one, as with New-TinySoraDataset -CaptionPath.");

    public static TinySoraException NoIdxFile(string path, string reason, Exception? cause = null) => new(
        "TinySora.Data.NoIdxFile", ErrorKind.InvalidData, path,
        $"'{path}' cannot be read as an IDX file of digits: {reason}.",
        "Download it again, or leave out -DigitPath for the built-in digits.", cause);

    public static TinySoraException DigitsMissing(string path) => new(
        "TinySora.Data.DigitsMissing", ErrorKind.ObjectNotFound, path,
        $"'{path}' lacks digits with their labels; expected train-images-idx3-ubyte, train-labels-idx1-ubyte, "
            + "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, with .gz or without.",
        "Put the files of MNIST there, or leave out -DigitPath for the built-in digits.");

    public static TinySoraException NoArchive(string path) => new(
        "TinySora.Data.NoArchive", ErrorKind.InvalidArgument, path,
        $"'{path}' is no archive; expected a .zip, .tar, .tar.gz or .tgz file.",
        "Check -Source, or use -Kind Videos for a folder of videos.");

    public static TinySoraException UnsafeArchive(string path, string reason) => new(
        "TinySora.Data.UnsafeArchive", ErrorKind.SecurityError, path,
        $"The archive '{path}' is refused: {reason}.",
        "Nothing of it is left on the disk. If you trust it, unpack it yourself and name the folder.");

    public static TinySoraException DamagedArchive(string path, string reason, Exception? cause = null) => new(
        "TinySora.Data.DamagedArchive", ErrorKind.InvalidData, path,
        $"The archive '{path}' cannot be unpacked: {reason}",
        "Download it again; it must be a .zip, .tar, .tar.gz or .tgz file.", cause);
}
