namespace TinySora.Engine.Errors;

/// <summary>Failures of reading and writing checkpoint files.</summary>
public static class CheckpointErrors
{
    public static TinySoraException NotFound(string path) => new(
        "TinySora.Checkpoint.NotFound", ErrorKind.ObjectNotFound, path,
        $"There is no checkpoint at '{path}': neither such a file nor such a folder exists.",
        "Check the path, or train a model with Start-TinySoraTraining.");

    public static TinySoraException OneSetOfWeights(string path) => new(
        "TinySora.Checkpoint.OneSetOfWeights", ErrorKind.InvalidArgument, path,
        $"'{path}' holds one set of weights, and not those that training goes on with beside their average.",
        "Take the weights that are there, as Invoke-TinySoraGenerate without -Weights does, or name a checkpoint as training writes them "
            + "(step-*.safetensors).");

    public static TinySoraException NoneInFolder(string folder) => new(
        "TinySora.Checkpoint.NoneInFolder", ErrorKind.ObjectNotFound, folder,
        $"The folder '{folder}' holds no checkpoint (step-*.safetensors).",
        "Name the results folder of a training run, train one with Start-TinySoraTraining, or turn a PyTorch file into one with "
        + "Import-TinySoraCheckpoint.");

    public static TinySoraException NoBest(string folder, string bestBy) => new(
        "TinySora.Checkpoint.NoBest", ErrorKind.ObjectNotFound, folder,
        $"No checkpoint in '{folder}' is the best: {bestBy}, which tells it, was measured at none of them.",
        "Take the newest, which is called latest, or name another measure with trainer.best_by.");

    public static TinySoraException NoneReadable(string folder, IEnumerable<string> problems) => new(
        "TinySora.Checkpoint.NoneReadable", ErrorKind.InvalidData, folder,
        $"No checkpoint in '{folder}' can be read:\n  {string.Join("\n  ", problems)}",
        "Restore one from a backup, or start anew with Start-TinySoraTraining -Force, which moves the old files aside.");

    public static TinySoraException NotSafetensors(string path, string reason) => new(
        "TinySora.Checkpoint.NotSafetensors", ErrorKind.InvalidData, path,
        $"'{path}' is not a safetensors file: {reason}.",
        "Name a step-*.safetensors file that TinySora wrote, or import a file of another program with Import-TinySoraCheckpoint.");

    public static TinySoraException IsPyTorch(string path) => new(
        "TinySora.Checkpoint.IsPyTorch", ErrorKind.InvalidData, path,
        $"'{path}' is a PyTorch file, as torch.save writes it, and not one of TinySora's checkpoints.",
        $"Make a checkpoint of it: Import-TinySoraCheckpoint '{path}'. Nothing in it is executed.");

    public static TinySoraException NotPyTorch(string path, string reason) => new(
        "TinySora.Checkpoint.NotPyTorch", ErrorKind.InvalidData, path,
        $"'{path}' is not a file of PyTorch weights: {reason}.",
        "Name a file that torch.save wrote (.pt, .pth, .bin), or a .safetensors file.");

    public static TinySoraException NoSuchForm(string path, string form, string family, IEnumerable<string> forms) => new(
        "TinySora.Checkpoint.NoSuchForm", ErrorKind.InvalidArgument, path,
        $"'{path}' is no file of the form {form}: of the family {family} the published code reads {string.Join(", ", forms)}.",
        "Choose one of those with -Form.");

    public static TinySoraException OldPyTorch(string path) => new(
        "TinySora.Checkpoint.OldPyTorch", ErrorKind.InvalidData, path,
        $"'{path}' is in the tar format that PyTorch wrote until 2017, which is not supported.",
        "Load it with a PyTorch of today and save it again with torch.save.");

    public static TinySoraException RunsCode(string path, string name) => new(
        "TinySora.Checkpoint.RunsCode", ErrorKind.InvalidData, path,
        $"'{path}' is refused: loading it in Python would call {name}, which is no plain data. Nothing in it was executed.",
        "Do not open this file in Python unless you trust where it comes from. If you do, save only the tensors anew: "
        + "torch.save(model.state_dict(), path).");

    public static TinySoraException Truncated(string path, long length, long expected) => new(
        "TinySora.Checkpoint.Truncated", ErrorKind.InvalidData, path,
        $"'{path}' is cut short: it has {length} bytes where its header announces {expected}.",
        "Copy the file again, or use an earlier checkpoint (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException Damaged(string path, string reason) => new(
        "TinySora.Checkpoint.Damaged", ErrorKind.InvalidData, path,
        $"'{path}' is damaged: {reason}.",
        "Copy the file again, or use an earlier checkpoint (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException UnsupportedType(string path, string tensor, string type) => new(
        "TinySora.Checkpoint.UnsupportedType", ErrorKind.InvalidData, path,
        $"'{path}': tensor '{tensor}' has the element type '{type}', which is not supported.",
        "Convert the file to float32 with the tool that wrote it.");

    public static TinySoraException MissingTensor(string path, string tensor) => new(
        "TinySora.Checkpoint.MissingTensor", ErrorKind.InvalidData, path,
        $"'{path}' has no tensor '{tensor}'.",
        "Use a checkpoint of this model and version (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException NotOurs(string path, string reason) => new(
        "TinySora.Checkpoint.NotOurs", ErrorKind.InvalidData, path,
        $"'{path}' is a safetensors file but no TinySora checkpoint that this version reads: {reason}.",
        "Name a step-*.safetensors file that TinySora wrote, import one of another program with Import-TinySoraCheckpoint, "
        + "or update TinySora if a newer one wrote it.");

    public static TinySoraException OtherModel(string path, IReadOnlyList<string> differences) => new(
        "TinySora.Checkpoint.OtherModel", ErrorKind.InvalidData, path,
        $"The weights in '{path}' are of another model:{Text.List(differences)}",
        "Use the configuration that the weights were trained with: Get-TinySoraCheckpoint shows a checkpoint's, "
        + "Import-TinySoraCheckpoint takes it from -Config.");

    public static TinySoraException OtherSchedule(string path, string table, IReadOnlyList<long> shape, int timesteps) => new(
        "TinySora.Checkpoint.OtherSchedule", ErrorKind.InvalidData, path,
        $"The model in '{path}' has a noise schedule of T = {string.Join(" x ", shape)} levels ({table}); the configuration has "
        + $"T = {timesteps}.",
        $"Set diffusion.timesteps to {string.Join(" x ", shape)} in the file that -Config names.");

    public static TinySoraException NoLearnedEncoder(string path) => new(
        "TinySora.Checkpoint.NoLearnedEncoder", ErrorKind.InvalidData, path,
        $"'{path}' holds no vocabulary for the learned text encoder that the configuration asks for.",
        "Name with -Config the configuration of the model: no published code has a text encoder that was trained along.");

    public static TinySoraException NonePublished(string path, string family) => new(
        "TinySora.Checkpoint.NonePublished", ErrorKind.InvalidArgument, path,
        $"'{path}' cannot be imported: no published weights of the family {family} are known.",
        "Name with -Config the configuration of the model that the file holds.");

    public static TinySoraException NoMilestone(string folder) => new(
        "TinySora.Checkpoint.NoMilestone", ErrorKind.ObjectNotFound, folder,
        $"The folder '{folder}' holds no checkpoint of the published code (model-N.pt), nor an autoencoder with its config.json.",
        "Name the file itself: any name will do.");

    public static TinySoraException FileOfFolderMissing(string folder, string names) => new(
        "TinySora.Checkpoint.FileOfFolderMissing", ErrorKind.ObjectNotFound, folder,
        $"The model in the folder '{folder}' is not whole: there is no {names}.",
        "Copy the folder again, with all its files.");

    public static TinySoraException OtherAutoencoder(string path, string reason) => new(
        "TinySora.Checkpoint.OtherAutoencoder", ErrorKind.InvalidData, path,
        $"'{path}' describes no autoencoder that can be imported: {reason}.",
        "Name the folder of an AutoencoderKL as in Stable Diffusion 1 and 2, or one with such a folder in it that is called vae.");

    public static TinySoraException CannotRead(string path, Exception inner) => new(
        "TinySora.Checkpoint.CannotRead", ErrorKind.ReadError, path,
        $"'{path}' cannot be read: {inner.Message}",
        "Check that the file exists and that you may read it.", inner);

    public static TinySoraException CannotWrite(string path, Exception inner) => new(
        "TinySora.Checkpoint.CannotWrite", ErrorKind.WriteError, path,
        $"'{path}' cannot be written, and files that were there before are unchanged: {inner.Message}",
        "Free disk space or write to another folder, then run the same line again: training continues from its last checkpoint.",
        inner);

    public static TinySoraException CannotRemove(string path, Exception inner) => new(
        "TinySora.Checkpoint.CannotRemove", ErrorKind.WriteError, path,
        $"'{path}' cannot be deleted: {inner.Message}",
        "Check that no other program has it open and that you may write to its folder.", inner);
}
