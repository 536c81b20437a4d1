using static System.FormattableString;

namespace TinySora.Engine.Errors;

/// <summary>
/// Errors in finding, loading, importing, exporting and deleting checkpoints. Errors in the content of weight files are in <see cref="WeightFileErrors"/>.
/// </summary>
public static class CheckpointErrors
{
    /// <summary>File name pattern of the checkpoints that a training run writes.</summary>
    internal const string FileNames = "step-*.safetensors";

    /// <param name="weights">Paths of PyTorch files to suggest for import, starting with the most likely file.</param>
    public static TinySoraException NotFound(string path, params IReadOnlyList<string> weights) => new(
        "TinySora.Checkpoint.NotFound", ErrorKind.ObjectNotFound, path,
        $"There is no checkpoint at '{path}': the file or folder does not exist.",
        Importing(weights, path) + "Check the path, or train a model with Start-TinySoraTraining.");

    /// <param name="runs">Folder that was searched.</param>
    /// <param name="why">Sentence that explains why the newest run is not suitable.</param>
    public static TinySoraException NoSuitableRun(string runs, string why) => new(
        "TinySora.Checkpoint.NoSuitableRun", ErrorKind.ObjectNotFound, runs, $"No run can be used. {why}",
        "Specify a checkpoint, the results folder of another run, or a bundled model.");

    /// <param name="hint">Sentence about what the user may have meant.</param>
    public static TinySoraException NoSuchName(string name, string hint) => new(
        "TinySora.Checkpoint.NotFound", ErrorKind.ObjectNotFound, name,
        $"There is no checkpoint '{name}'. {hint}",
        "Specify a path, or a name that completion with Tab suggests.");

    public static TinySoraException OneSetOfWeights(string path) => new(
        "TinySora.Checkpoint.OneSetOfWeights", ErrorKind.InvalidArgument, path,
        $"'{path}' contains only one set of weights; trained and averaged weights are not stored separately.",
        $"To use the only set, do not specify which weights to use. Otherwise, specify a checkpoint written by a training run ({FileNames}).");

    /// <param name="weights">Paths of PyTorch files in the folder to suggest for import, starting with the most likely file.</param>
    public static TinySoraException NoneInFolder(string folder, params IReadOnlyList<string> weights) => new(
        "TinySora.Checkpoint.NoneInFolder", ErrorKind.ObjectNotFound, folder,
        $"The folder '{folder}' contains no checkpoint ({FileNames}).",
        Importing(weights, folder) + "Specify the results folder of a run, train a model with Start-TinySoraTraining, or convert a PyTorch file with "
            + "Import-TinySoraCheckpoint.");

    /// <summary>Returns advice to import the given PyTorch files, which other advice can follow; empty for an empty list.</summary>
    private static string Importing(IReadOnlyList<string> weights, string folder) => weights.Count == 0 ? "" :
        $"Import the PyTorch weights that were found: Import-TinySoraCheckpoint '{weights[0]}' -Config FILE -Part PART -ResultsPath '{folder}'. "
        + "FILE is the model's configuration. If it is a configuration from the Latte tutorial, PART is autoencoder or transformer; otherwise, omit PART and "
        + "its parameter. "
        + (weights.Count == 1 ? "" : $"Other files found: {string.Join(", ", weights.Skip(1).Select(path => $"'{Path.GetFileName(path)}'"))}. ");

    public static TinySoraException NoBest(string folder, string bestBy) => new(
        "TinySora.Checkpoint.NoBest", ErrorKind.ObjectNotFound, folder,
        $"'{folder}' has no best checkpoint: {bestBy} was not measured at any of its checkpoints.",
        "Specify latest instead of best to use the newest checkpoint, or train with another metric in trainer.best_by.");

    public static TinySoraException NoneReadable(string folder, IEnumerable<string> problems) => new(
        "TinySora.Checkpoint.NoneReadable", ErrorKind.InvalidData, folder,
        $"No checkpoint in '{folder}' can be read:\n  {string.Join("\n  ", problems)}",
        "Restore a checkpoint from a backup, or train from the beginning with Start-TinySoraTraining -Force, which moves the old files to a subfolder.");

    public static TinySoraException NoSuchForm(string path, string form, string family, IEnumerable<string> forms) => new(
        "TinySora.Checkpoint.NoSuchForm", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be exported in the form {form}: the published code for the family {family} reads only {string.Join(", ", forms)}.",
        "Choose one of those forms with -Form.");

    public static TinySoraException BeyondHalf(string path, string name, double value) => new(
        "TinySora.Checkpoint.BeyondHalf", ErrorKind.InvalidArgument, path,
        Invariant($"'{path}' cannot be exported as Float16, whose largest value is 65504: the largest absolute value in '{name}' is {value:0}."),
        "Export with -DataType BFloat16, which has the range of Float32.");

    public static TinySoraException NoGraph(string path, string family) => new(
        "TinySora.Checkpoint.NoGraph", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be exported to ONNX: models of the family {family} do not support this format.",
        "Export it with -Format Safetensors or PyTorch.");

    public static TinySoraException NoClipPage(string path) => new(
        "TinySora.Checkpoint.NoClipPage", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be exported as a web page: the page requires a diffusion model for clips or latents with a learned or no text encoder.",
        "Export the model with -Format Onnx, and run the parts that are not exported, such as a frozen text encoder, in your own program.");

    public static TinySoraException NoWebRuntime(string path, string package, Exception inner) => new(
        "TinySora.Checkpoint.NoWebRuntime", ErrorKind.InvalidData, path,
        $"'{path}' is neither the folder nor the .tgz file of the npm package {package}: {inner.Message}",
        "Set -WebRuntime to the folder node_modules/onnxruntime-web, or to the .tgz file that `npm pack onnxruntime-web` writes.", inner);

    public static TinySoraException NoNpm(string package) => new(
        "TinySora.Checkpoint.NoNpm", ErrorKind.ObjectNotFound, package,
        $"Exporting a web page requires the package {package}, but npm, which downloads it, was not found on the PATH.",
        $"Install Node.js, or run `npm pack {package}` on another machine and specify the file with -WebRuntime.");

    public static TinySoraException NpmFailed(string package, string output) => new(
        "TinySora.Checkpoint.NpmFailed", ErrorKind.ResourceUnavailable, package,
        $"npm failed to download the package {package}: {output}",
        $"Check the registry with `npm config get registry`, or run `npm pack {package}` on another machine and specify the file with -WebRuntime.");

    public static TinySoraException WebRuntimeChanged(string package) => new(
        "TinySora.Checkpoint.WebRuntimeChanged", ErrorKind.SecurityError, package,
        $"The package {package} from npm was rejected: its SHA-512 hash differs from that of the tested package.",
        "Check the registry with `npm config get registry`. If you trust the package, specify it with -WebRuntime, which does not check the hash.");

    public static TinySoraException NotOurs(string path, string reason) => new(
        "TinySora.Checkpoint.NotOurs", ErrorKind.InvalidData, path,
        $"'{path}' is not a TinySora checkpoint that this version can read: {reason.TrimEnd('.')}.",
        $"Specify a {FileNames} file written by TinySora, import a file of another program with Import-TinySoraCheckpoint, "
        + "or update TinySora if a newer version wrote the file.");

    public static TinySoraException OtherModel(string path, IReadOnlyList<string> differences) => new(
        "TinySora.Checkpoint.OtherModel", ErrorKind.InvalidData, path,
        $"The weights in '{path}' belong to a different model:{Text.List(differences)}",
        "Use the configuration that the weights were trained with. Get-TinySoraCheckpoint shows the configuration of a checkpoint; "
        + "for Import-TinySoraCheckpoint, specify the configuration with -Config.");

    /// <param name="settings">Keys that differ, each with its values in the configuration and in the file.</param>
    public static TinySoraException OtherSettings(string path, IReadOnlyList<(string Key, string Ours, string Theirs)> settings) => new(
        "TinySora.Checkpoint.OtherSettings", ErrorKind.InvalidData, path,
        $"The model in '{path}' was trained with settings that differ from the configuration:"
        + Text.List([.. settings.Select(item => $"{item.Key}: {Text.Quote(item.Theirs)} in the file, {item.Ours} in the configuration")]),
        $"In the file specified with -Config, set {string.Join(", ", settings.Select(item => item.Key))} to the values that the weights were trained with.");

    public static TinySoraException OtherSchedule(string path, string table, IReadOnlyList<long> shape, int timesteps) => new(
        "TinySora.Checkpoint.OtherSchedule", ErrorKind.InvalidData, path,
        $"The noise schedule in '{path}' has T = {string.Join(" x ", shape)} timesteps (tensor '{table}'), but the configuration specifies "
        + $"T = {timesteps}.",
        $"Set diffusion.timesteps to {string.Join(" x ", shape)} in the file specified with -Config.");

    /// <param name="key">Configuration key of the text encoder.</param>
    /// <param name="choices">Other values of the key, and the settings that each value requires.</param>
    /// <param name="width">Width of the text vectors or embeddings that the weights expect; <c>null</c> if unknown.</param>
    public static TinySoraException NoLearnedEncoder(string path, string key, string choices, int? width) => new(
        "TinySora.Checkpoint.NoLearnedEncoder", ErrorKind.InvalidData, path,
        $"The configuration specifies a learned text encoder, but '{path}' contains no vocabulary for it.",
        "If the file was exported by TinySora, export the model again with Export-TinySoraCheckpoint -Form Checkpoint, which includes the vocabulary. "
            + $"Otherwise, in the file specified with -Config, set {key} to the encoder that the weights were trained with"
            + (width is null ? "" : Invariant($" (output width {width})")) + $": {choices}.");

    public static TinySoraException NonePublished(string path, string family) => new(
        "TinySora.Checkpoint.NonePublished", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be imported: no published weights of the family {family} are supported.",
        "With -Config, specify the configuration that belongs to the model in the file.");

    public static TinySoraException NoMilestone(string folder) => new(
        "TinySora.Checkpoint.NoMilestone", ErrorKind.ObjectNotFound, folder,
        $"The folder '{folder}' contains neither a checkpoint from the published code (model-N.pt) nor an autoencoder with config.json.",
        "Specify the path of the weight file itself; the file may have any name.");

    /// <param name="file">File from which the split was detected, such as an index of the parts.</param>
    public static TinySoraException InParts(string folder, string file) => new(
        "TinySora.Checkpoint.InParts", ErrorKind.InvalidData, folder,
        $"The weights in the folder '{folder}' are split into several parts ('{file}'), and no single file contains averaged weights (ema.pt).",
        "Join the parts in Python (parts is the list of their paths): "
        + "torch.save({name: weight for part in parts for name, weight in torch.load(part).items()}, 'weights.pt'). "
        + "For parts written by DeepSpeed, use zero_to_fp32.py instead. Then specify the joined file.");

    public static TinySoraException FileOfFolderMissing(string folder, string names) => new(
        "TinySora.Checkpoint.FileOfFolderMissing", ErrorKind.ObjectNotFound, folder,
        $"The model in the folder '{folder}' is incomplete: {names} is missing.",
        "Copy the folder again with all of its files.");

    public static TinySoraException OtherAutoencoder(string path, string reason) => new(
        "TinySora.Checkpoint.OtherAutoencoder", ErrorKind.InvalidData, path,
        $"'{path}' does not describe an autoencoder that can be imported: {reason}.",
        "Specify the folder of an AutoencoderKL like that of Stable Diffusion 1 or 2, or a folder whose subfolder vae contains one.");

    public static TinySoraException CannotRemove(string path, Exception inner) => new(
        "TinySora.Checkpoint.CannotRemove", ErrorKind.WriteError, path,
        $"'{path}' cannot be deleted: {inner.Message}",
        "Check that no other program has the file open and that you have write permission for its folder.", inner);
}
