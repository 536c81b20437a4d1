using static System.FormattableString;

namespace TinySora.Engine.Errors;

/// <summary>Failures of finding checkpoints and of taking weights for a model; those of the files themselves are <see cref="WeightFileErrors"/>.</summary>
public static class CheckpointErrors
{
    /// <summary>What checkpoints of a run are called.</summary>
    internal const string FileNames = "step-*.safetensors";

    /// <param name="weights">PyTorch files of weights that could be imported to the path, the likeliest first.</param>
    public static TinySoraException NotFound(string path, params IReadOnlyList<string> weights) => new(
        "TinySora.Checkpoint.NotFound", ErrorKind.ObjectNotFound, path,
        $"There is no checkpoint at '{path}': neither such a file nor such a folder exists.",
        Importing(weights, path) + "Check the path, or train a model with Start-TinySoraTraining.");

    public static TinySoraException OneSetOfWeights(string path) => new(
        "TinySora.Checkpoint.OneSetOfWeights", ErrorKind.InvalidArgument, path,
        $"'{path}' holds one set of weights, and not those that training goes on with beside their average.",
        "Take the weights that are there, as Invoke-TinySoraGenerate without -Weights does, or name a checkpoint as training writes them "
            + $"({FileNames}).");

    /// <param name="weights">PyTorch files of weights in the folder, the likeliest first.</param>
    public static TinySoraException NoneInFolder(string folder, params IReadOnlyList<string> weights) => new(
        "TinySora.Checkpoint.NoneInFolder", ErrorKind.ObjectNotFound, folder,
        $"The folder '{folder}' holds no checkpoint ({FileNames}).",
        Importing(weights, folder) + "Name the results folder of a training run, train one with Start-TinySoraTraining, or turn a PyTorch file into one with "
            + "Import-TinySoraCheckpoint.");

    /// <summary>How PyTorch weights become a checkpoint in a folder, before other advice; empty if there are none.</summary>
    private static string Importing(IReadOnlyList<string> weights, string folder) => weights.Count == 0 ? "" :
        $"Import the PyTorch weights that are there: Import-TinySoraCheckpoint '{weights[0]}' -Config FILE -Part PART -ResultsPath '{folder}', where FILE "
        + "is the model's configuration, and PART autoencoder or transformer of one of the Latte tutorial; others have no parts. "
        + (weights.Count == 1 ? "" : $"There are also {string.Join(", ", weights.Skip(1).Select(path => $"'{Path.GetFileName(path)}'"))}. ");

    public static TinySoraException NoBest(string folder, string bestBy) => new(
        "TinySora.Checkpoint.NoBest", ErrorKind.ObjectNotFound, folder,
        $"No checkpoint in '{folder}' is the best: {bestBy}, which tells it, was measured at none of them.",
        "Take the newest, which is called latest, or name another measure with trainer.best_by.");

    public static TinySoraException NoneReadable(string folder, IEnumerable<string> problems) => new(
        "TinySora.Checkpoint.NoneReadable", ErrorKind.InvalidData, folder,
        $"No checkpoint in '{folder}' can be read:\n  {string.Join("\n  ", problems)}",
        "Restore one from a backup, or start anew with Start-TinySoraTraining -Force, which moves the old files aside.");

    public static TinySoraException NoSuchForm(string path, string form, string family, IEnumerable<string> forms) => new(
        "TinySora.Checkpoint.NoSuchForm", ErrorKind.InvalidArgument, path,
        $"'{path}' is no file of the form {form}: of the family {family} the published code reads {string.Join(", ", forms)}.",
        "Choose one of those with -Form.");

    public static TinySoraException BeyondHalf(string path, string name, double value) => new(
        "TinySora.Checkpoint.BeyondHalf", ErrorKind.InvalidArgument, path,
        Invariant($"'{path}' cannot be written as Float16, which ends at 65504: '{name}' holds {value:0}."),
        "Export with -DataType BFloat16, which has the range of Float32.");

    public static TinySoraException NoGraph(string path, string family) => new(
        "TinySora.Checkpoint.NoGraph", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be written as a graph of ONNX: the family {family} writes none of its networks so.",
        "Export it with -Format Safetensors or PyTorch.");

    public static TinySoraException NoClipPage(string path) => new(
        "TinySora.Checkpoint.NoClipPage", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be made into a page: it takes a model that denoises clips or their latents, of words that it learned itself or of nothing.",
        "Export it with -Format Onnx, for programs that bring what is missing, such as a frozen text encoder.");

    public static TinySoraException NoWebRuntime(string path, string package, Exception inner) => new(
        "TinySora.Checkpoint.NoWebRuntime", ErrorKind.InvalidData, path,
        $"'{path}' is not the npm package {package}, neither packed nor unpacked: {inner.Message}",
        "Name with -WebRuntime the folder node_modules/onnxruntime-web or the .tgz file that `npm pack onnxruntime-web` writes.", inner);

    public static TinySoraException NoNpm(string package) => new(
        "TinySora.Checkpoint.NoNpm", ErrorKind.ObjectNotFound, package,
        $"A page needs the package {package}, and there is no npm on the PATH that could fetch it.",
        $"Install Node.js, or run `npm pack {package}` on another machine and name the file with -WebRuntime.");

    public static TinySoraException NpmFailed(string package, string output) => new(
        "TinySora.Checkpoint.NpmFailed", ErrorKind.ResourceUnavailable, package,
        $"npm did not bring the package {package}: {output}",
        $"Look at the registry with `npm config get registry`, or run `npm pack {package}` on another machine and name the file with -WebRuntime.");

    public static TinySoraException WebRuntimeChanged(string package) => new(
        "TinySora.Checkpoint.WebRuntimeChanged", ErrorKind.SecurityError, package,
        $"What npm brought is refused: it is not the package {package} that this was tested with, its SHA-512 is another.",
        "Look at the registry with `npm config get registry`; what you trust you can name with -WebRuntime, which checks no hash.");

    public static TinySoraException NotOurs(string path, string reason) => new(
        "TinySora.Checkpoint.NotOurs", ErrorKind.InvalidData, path,
        $"'{path}' is a safetensors file but no TinySora checkpoint that this version reads: {reason}.",
        $"Name a {FileNames} file that TinySora wrote, import one of another program with Import-TinySoraCheckpoint, "
        + "or update TinySora if a newer one wrote it.");

    public static TinySoraException OtherModel(string path, IReadOnlyList<string> differences) => new(
        "TinySora.Checkpoint.OtherModel", ErrorKind.InvalidData, path,
        $"The weights in '{path}' are of another model:{Text.List(differences)}",
        "Use the configuration that the weights were trained with: Get-TinySoraCheckpoint shows a checkpoint's, "
        + "Import-TinySoraCheckpoint takes it from -Config.");

    /// <param name="settings">Keys that differ, with their values in the configuration and in the file.</param>
    public static TinySoraException OtherSettings(string path, IReadOnlyList<(string Key, string Ours, string Theirs)> settings) => new(
        "TinySora.Checkpoint.OtherSettings", ErrorKind.InvalidData, path,
        $"The model in '{path}' was made with other settings than the configuration has, which its weights do not show:"
        + Text.List([.. settings.Select(item => $"{item.Key}: {Text.Quote(item.Theirs)} in the file, {item.Ours} in the configuration")]),
        $"Set {string.Join(", ", settings.Select(item => item.Key))} in the file that -Config names to what the weights were trained with.");

    public static TinySoraException OtherSchedule(string path, string table, IReadOnlyList<long> shape, int timesteps) => new(
        "TinySora.Checkpoint.OtherSchedule", ErrorKind.InvalidData, path,
        $"The model in '{path}' has a noise schedule of T = {string.Join(" x ", shape)} levels ({table}); the configuration has "
        + $"T = {timesteps}.",
        $"Set diffusion.timesteps to {string.Join(" x ", shape)} in the file that -Config names.");

    /// <param name="key">Of the configuration, which names the text encoder.</param>
    /// <param name="choices">Its other values, with what else they need.</param>
    /// <param name="width">Width of the states that the weights take; <c>null</c> if they do not show it.</param>
    public static TinySoraException NoLearnedEncoder(string path, string key, string choices, int? width) => new(
        "TinySora.Checkpoint.NoLearnedEncoder", ErrorKind.InvalidData, path,
        $"'{path}' holds no vocabulary for the learned text encoder that the configuration asks for.",
        $"Set {key} in the file that -Config names to the encoder that the weights were trained with"
            + (width is null ? "" : Invariant($", whose states are {width} wide")) + $": {choices}.");

    public static TinySoraException NonePublished(string path, string family) => new(
        "TinySora.Checkpoint.NonePublished", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be imported: no published weights of the family {family} are known.",
        "Name with -Config the configuration of the model that the file holds.");

    public static TinySoraException NoMilestone(string folder) => new(
        "TinySora.Checkpoint.NoMilestone", ErrorKind.ObjectNotFound, folder,
        $"The folder '{folder}' holds no checkpoint of the published code (model-N.pt), nor an autoencoder with its config.json.",
        "Name the file itself: any name will do.");

    /// <param name="file">By which the parts are known.</param>
    public static TinySoraException InParts(string folder, string file) => new(
        "TinySora.Checkpoint.InParts", ErrorKind.InvalidData, folder,
        $"The folder '{folder}' holds weights in several parts ('{file}'), and no averaged ones in one file (ema.pt).",
        "Join the parts in Python and name the file: torch.save({name: weight for part in parts for name, weight in torch.load(part).items()}, 'weights.pt'), "
        + "of DeepSpeed with its zero_to_fp32.py.");

    public static TinySoraException FileOfFolderMissing(string folder, string names) => new(
        "TinySora.Checkpoint.FileOfFolderMissing", ErrorKind.ObjectNotFound, folder,
        $"The model in the folder '{folder}' is not whole: there is no {names}.",
        "Copy the folder again, with all its files.");

    public static TinySoraException OtherAutoencoder(string path, string reason) => new(
        "TinySora.Checkpoint.OtherAutoencoder", ErrorKind.InvalidData, path,
        $"'{path}' describes no autoencoder that can be imported: {reason}.",
        "Name the folder of an AutoencoderKL as in Stable Diffusion 1 and 2, or one with such a folder in it that is called vae.");

    public static TinySoraException CannotRemove(string path, Exception inner) => new(
        "TinySora.Checkpoint.CannotRemove", ErrorKind.WriteError, path,
        $"'{path}' cannot be deleted: {inner.Message}",
        "Check that no other program has it open and that you may write to its folder.", inner);
}
