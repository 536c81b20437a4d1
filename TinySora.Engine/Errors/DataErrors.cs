using TinySora.Engine.Data;

namespace TinySora.Engine.Errors;

/// <summary>What can go wrong with datasets.</summary>
public static class DataErrors
{
    private const string HowToMake =
        "New-TinySoraDataset makes one: -Kind Shapes, or -Source with your own videos.";

    public static TinySoraException FolderMissing(string folder, IEnumerable<string> extensions) => new(
        "TinySora.Data.FolderMissing", ErrorKind.ObjectNotFound, folder,
        $"The data folder '{folder}' does not exist; expected one with clips ({string.Join(' ', extensions)}) and captions (.txt).",
        "Check training_data_dir or -DataPath. " + HowToMake);

    public static TinySoraException FolderUnreadable(string folder, Exception cause) => new(
        "TinySora.Data.FolderUnreadable", ErrorKind.ReadError, folder,
        $"The data folder '{folder}' cannot be read: {cause.Message}",
        "Check that you may read the folder and what is below it.", cause);

    public static TinySoraException NoClips(string folder, IEnumerable<string> extensions) => new(
        "TinySora.Data.NoClips", ErrorKind.ObjectNotFound, folder,
        $"The data folder '{folder}' holds no clip, nor do the folders below; looked for {string.Join(' ', extensions)}.",
        "Check training_data_dir or -DataPath. " + HowToMake);

    public static TinySoraException NoUsableClips(string folder, IReadOnlyList<SkippedClip> skipped) => new(
        "TinySora.Data.NoUsableClips", ErrorKind.InvalidData, folder,
        $"None of the {skipped.Count} clips in '{folder}' can be used. The first: {skipped[0].Reason}",
        "Mend or replace the files. " + HowToMake);

    public static TinySoraException OutputExists(string path) => new(
        "TinySora.Data.OutputExists", ErrorKind.ResourceExists, path,
        $"'{path}' exists already.",
        "Choose another folder, or write over it with -Force.");

    public static TinySoraException CannotWrite(string folder, Exception cause) => new(
        "TinySora.Data.CannotWrite", ErrorKind.WriteError, folder,
        $"The folder '{folder}' cannot be written: {cause.Message}",
        "Choose a folder that you may write to.", cause);

    public static TinySoraException OutOfRange(string parameter, object value, string expected) => new(
        "TinySora.Data.OutOfRange", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} is {value}; expected {expected}.",
        $"Set -{parameter} to {expected}.");

    public static TinySoraException SourceMissing(string path) => new(
        "TinySora.Data.SourceMissing", ErrorKind.ObjectNotFound, path,
        $"There is no file or folder '{path}'.",
        "Check -Source; relative paths start at the current directory.");

    public static TinySoraException NoVideos(IEnumerable<string> sources, IEnumerable<string> extensions) => new(
        "TinySora.Data.NoVideos", ErrorKind.ObjectNotFound, string.Join(", ", sources),
        $"No video in {string.Join(", ", sources)}; looked for {string.Join(' ', extensions)}.",
        "Check -Source.");

    public static TinySoraException CaptionsUnreadable(string path, string reason, Exception? cause = null) => new(
        "TinySora.Data.CaptionsUnreadable", ErrorKind.InvalidData, path,
        $"The captions in '{path}' cannot be read: {reason}",
        "Expected a CSV file with the columns video and caption, and if wanted start and duration (seconds, or h:mm:ss).",
        cause);

    public static TinySoraException NpyUnreadable(string path, Exception cause) => new(
        "TinySora.Data.NpyUnreadable", ErrorKind.InvalidData, path,
        $"The NumPy file '{path}' cannot be read: {cause.Message}.",
        "Write it anew with numpy.save, as an array of plain numbers.", cause);

    public static TinySoraException VectorUnusable(string path, string reason, int width) => new(
        "TinySora.Data.VectorUnusable", ErrorKind.InvalidData, path,
        $"'{path}' {reason}; model.cond_dim asks for a vector of {width} finite numbers.",
        $"Write the file anew with {width} numbers, or set model.cond_dim to the width that the files have.");

    public static TinySoraException NoVectors(string folder, int width) => new(
        "TinySora.Data.NoVectors", ErrorKind.ObjectNotFound, folder,
        $"model.cond_dim is {width} and there is no text encoder, so the model is to be conditioned on vectors; but no clip in '{folder}' has one.",
        $"Put a float32 vector of {width} numbers as NAME.npy beside each NAME.gif, or set model.cond_dim: null for a model without condition.");
}
