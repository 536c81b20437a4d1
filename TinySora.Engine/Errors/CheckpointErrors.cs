using static System.FormattableString;

namespace TinySora.Engine.Errors;

/// <summary>Errors in finding checkpoints and loading weights into a model. Errors in the files themselves are in <see cref="WeightFileErrors"/>.</summary>
public static class CheckpointErrors
{
    /// <summary>Name pattern of a run's checkpoints.</summary>
    internal const string FileNames = "step-*.safetensors";

    /// <param name="weights">PyTorch files that could be imported, most likely file first.</param>
    public static TinySoraException NotFound(string path, params IReadOnlyList<string> weights) => new(
        "TinySora.Checkpoint.NotFound", ErrorKind.ObjectNotFound, path,
        $"There is no checkpoint at '{path}': no such file or folder exists.",
        Importing(weights, path) + "Check the path, or train a model with Start-TinySoraTraining.");

    public static TinySoraException OneSetOfWeights(string path) => new(
        "TinySora.Checkpoint.OneSetOfWeights", ErrorKind.InvalidArgument, path,
        $"'{path}' holds only one set of weights, not trained and averaged weights separately.",
        "Use the weights that it holds, as Invoke-TinySoraGenerate without -Weights does, or specify a checkpoint written by a training run "
            + $"({FileNames}).");

    /// <param name="weights">PyTorch files in the folder that could be imported, most likely file first.</param>
    public static TinySoraException NoneInFolder(string folder, params IReadOnlyList<string> weights) => new(
        "TinySora.Checkpoint.NoneInFolder", ErrorKind.ObjectNotFound, folder,
        $"The folder '{folder}' holds no checkpoint ({FileNames}).",
        Importing(weights, folder) + "Specify the results folder of a run, train a model with Start-TinySoraTraining, or convert a PyTorch file with "
            + "Import-TinySoraCheckpoint.");

    /// <summary>Returns advice to import PyTorch weights, to put before other advice; empty if there are none.</summary>
    private static string Importing(IReadOnlyList<string> weights, string folder) => weights.Count == 0 ? "" :
        $"Import the PyTorch weights found there: Import-TinySoraCheckpoint '{weights[0]}' -Config FILE -Part PART -ResultsPath '{folder}'. FILE "
        + "is the model's configuration; PART is autoencoder or transformer for a configuration of the Latte tutorial, omitted for others. "
        + (weights.Count == 1 ? "" : $"Other files found: {string.Join(", ", weights.Skip(1).Select(path => $"'{Path.GetFileName(path)}'"))}. ");

    public static TinySoraException NoBest(string folder, string bestBy) => new(
        "TinySora.Checkpoint.NoBest", ErrorKind.ObjectNotFound, folder,
        $"'{folder}' has no best checkpoint: {bestBy} was not measured at any of its checkpoints.",
        "Use latest for the newest checkpoint, or choose another metric with trainer.best_by.");

    public static TinySoraException NoneReadable(string folder, IEnumerable<string> problems) => new(
        "TinySora.Checkpoint.NoneReadable", ErrorKind.InvalidData, folder,
        $"No checkpoint in '{folder}' can be read:\n  {string.Join("\n  ", problems)}",
        "Restore one from a backup, or start over with Start-TinySoraTraining -Force, which moves the old files aside.");

    public static TinySoraException NoSuchForm(string path, string form, string family, IEnumerable<string> forms) => new(
        "TinySora.Checkpoint.NoSuchForm", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be written in the form {form}: for the family {family}, the published code reads {string.Join(", ", forms)}.",
        "Choose one of those forms with -Form.");

    public static TinySoraException BeyondHalf(string path, string name, double value) => new(
        "TinySora.Checkpoint.BeyondHalf", ErrorKind.InvalidArgument, path,
        Invariant($"'{path}' cannot be written as Float16, whose maximum is 65504: '{name}' holds {value:0}."),
        "Export with -DataType BFloat16, which has the range of Float32.");

    public static TinySoraException NoGraph(string path, string family) => new(
        "TinySora.Checkpoint.NoGraph", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be exported to ONNX: the family {family} does not support it.",
        "Export it with -Format Safetensors or PyTorch.");

    public static TinySoraException NoClipPage(string path) => new(
        "TinySora.Checkpoint.NoClipPage", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be exported as a page: that needs a diffusion model of clips or latents with a learned text encoder or without text.",
        "Export it with -Format Onnx and run the missing parts, such as a frozen text encoder, in your own program.");

    public static TinySoraException NoWebRuntime(string path, string package, Exception inner) => new(
        "TinySora.Checkpoint.NoWebRuntime", ErrorKind.InvalidData, path,
        $"'{path}' is not the npm package {package}, packed or unpacked: {inner.Message}",
        "Use -WebRuntime with the folder node_modules/onnxruntime-web or the .tgz file that `npm pack onnxruntime-web` writes.", inner);

    public static TinySoraException NoNpm(string package) => new(
        "TinySora.Checkpoint.NoNpm", ErrorKind.ObjectNotFound, package,
        $"A page needs the package {package}, but npm, which would download it, is not on the PATH.",
        $"Install Node.js, or run `npm pack {package}` on another machine and specify the file with -WebRuntime.");

    public static TinySoraException NpmFailed(string package, string output) => new(
        "TinySora.Checkpoint.NpmFailed", ErrorKind.ResourceUnavailable, package,
        $"npm failed to download the package {package}: {output}",
        $"Check the registry with `npm config get registry`, or run `npm pack {package}` on another machine and specify the file with -WebRuntime.");

    public static TinySoraException WebRuntimeChanged(string package) => new(
        "TinySora.Checkpoint.WebRuntimeChanged", ErrorKind.SecurityError, package,
        $"The package {package} from npm was refused: its SHA-512 differs from that of the tested package.",
        "Check the registry with `npm config get registry`. If you trust the package, specify it with -WebRuntime, which does not check the hash.");

    public static TinySoraException NotOurs(string path, string reason) => new(
        "TinySora.Checkpoint.NotOurs", ErrorKind.InvalidData, path,
        $"'{path}' is a safetensors file, but not a TinySora checkpoint that this version can read: {reason}.",
        $"Specify a {FileNames} file written by TinySora, import a file of another program with Import-TinySoraCheckpoint, "
        + "or update TinySora if a newer version wrote the file.");

    public static TinySoraException OtherModel(string path, IReadOnlyList<string> differences) => new(
        "TinySora.Checkpoint.OtherModel", ErrorKind.InvalidData, path,
        $"The weights in '{path}' belong to a different model:{Text.List(differences)}",
        "Use the configuration that the weights were trained with: Get-TinySoraCheckpoint shows the configuration of a checkpoint, "
        + "and Import-TinySoraCheckpoint reads it from -Config.");

    /// <param name="settings">Keys that differ, each with its values in the configuration and in the file.</param>
    public static TinySoraException OtherSettings(string path, IReadOnlyList<(string Key, string Ours, string Theirs)> settings) => new(
        "TinySora.Checkpoint.OtherSettings", ErrorKind.InvalidData, path,
        $"The model in '{path}' was trained with settings that differ from the configuration:"
        + Text.List([.. settings.Select(item => $"{item.Key}: {Text.Quote(item.Theirs)} in the file, {item.Ours} in the configuration")]),
        $"Set {string.Join(", ", settings.Select(item => item.Key))} in the file of -Config to the values that the weights were trained with.");

    public static TinySoraException OtherSchedule(string path, string table, IReadOnlyList<long> shape, int timesteps) => new(
        "TinySora.Checkpoint.OtherSchedule", ErrorKind.InvalidData, path,
        $"The model in '{path}' has a noise schedule with T = {string.Join(" x ", shape)} timesteps ({table}), but the configuration has "
        + $"T = {timesteps}.",
        $"Set diffusion.timesteps to {string.Join(" x ", shape)} in the file of -Config.");

    /// <param name="key">Configuration key of the text encoder.</param>
    /// <param name="choices">Other values for the key, and what each of them requires.</param>
    /// <param name="width">Width of the text states that the weights expect; <c>null</c> if unknown.</param>
    public static TinySoraException NoLearnedEncoder(string path, string key, string choices, int? width) => new(
        "TinySora.Checkpoint.NoLearnedEncoder", ErrorKind.InvalidData, path,
        $"'{path}' has no vocabulary for the learned text encoder that the configuration specifies.",
        $"Set {key} in the file of -Config to the encoder that the weights were trained with"
            + (width is null ? "" : Invariant($" (state width {width})")) + $": {choices}.");

    public static TinySoraException NonePublished(string path, string family) => new(
        "TinySora.Checkpoint.NonePublished", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be imported: no published weights of the family {family} are supported.",
        "Use -Config with the configuration of the model in the file.");

    public static TinySoraException NoMilestone(string folder) => new(
        "TinySora.Checkpoint.NoMilestone", ErrorKind.ObjectNotFound, folder,
        $"The folder '{folder}' holds neither a checkpoint of the published code (model-N.pt) nor an autoencoder with config.json.",
        "Specify the file itself; it may have any name.");

    /// <param name="file">File that identifies the format.</param>
    public static TinySoraException InParts(string folder, string file) => new(
        "TinySora.Checkpoint.InParts", ErrorKind.InvalidData, folder,
        $"The folder '{folder}' holds weights in several parts ('{file}') and no single file with averaged weights (ema.pt).",
        "Join the parts in Python: torch.save({name: weight for part in parts for name, weight in torch.load(part).items()}, 'weights.pt'), "
        + "or with zero_to_fp32.py for DeepSpeed. Then specify the joined file.");

    public static TinySoraException FileOfFolderMissing(string folder, string names) => new(
        "TinySora.Checkpoint.FileOfFolderMissing", ErrorKind.ObjectNotFound, folder,
        $"The model in the folder '{folder}' is incomplete: {names} is missing.",
        "Copy the folder again, with all its files.");

    public static TinySoraException OtherAutoencoder(string path, string reason) => new(
        "TinySora.Checkpoint.OtherAutoencoder", ErrorKind.InvalidData, path,
        $"'{path}' does not describe an autoencoder that can be imported: {reason}.",
        "Specify the folder of an AutoencoderKL like that of Stable Diffusion 1 or 2, or a folder with such an autoencoder in its subfolder vae.");

    public static TinySoraException CannotRemove(string path, Exception inner) => new(
        "TinySora.Checkpoint.CannotRemove", ErrorKind.WriteError, path,
        $"'{path}' cannot be deleted: {inner.Message}",
        "Check that no other program has the file open and that you have write permission for its folder.", inner);
}
