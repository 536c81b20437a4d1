namespace TinySora.Engine.Errors;

/// <summary>Failures of reading and writing files of tensors, whatever these are for: checkpoints, text encoders, latents, published weights.</summary>
public static class WeightFileErrors
{
    internal const string CannotReadId = "TinySora.Checkpoint.CannotRead";

    private const string NotSafetensorsId = "TinySora.Checkpoint.NotSafetensors";
    private const string NotPyTorchId = "TinySora.Checkpoint.NotPyTorch";
    private const string TruncatedId = "TinySora.Checkpoint.Truncated";
    private const string DamagedId = "TinySora.Checkpoint.Damaged";

    /// <summary>Whether what is in the file is no weights: it is of another kind, or damaged.</summary>
    internal static bool IsOfContent(TinySoraException error) => error.Id is NotSafetensorsId or NotPyTorchId or TruncatedId or DamagedId;

    public static TinySoraException NotSafetensors(string path, string reason) => new(
        NotSafetensorsId, ErrorKind.InvalidData, path,
        $"'{path}' is not a safetensors file: {reason}.",
        $"Name a {CheckpointErrors.FileNames} file that TinySora wrote, or import a file of another program with Import-TinySoraCheckpoint.");

    public static TinySoraException IsPyTorch(string path) => new(
        "TinySora.Checkpoint.IsPyTorch", ErrorKind.InvalidData, path,
        $"'{path}' is a PyTorch file, as torch.save writes it, and not one of TinySora's checkpoints.",
        $"Make a checkpoint of it: Import-TinySoraCheckpoint '{path}'. Nothing in it is executed.");

    public static TinySoraException OnnxTooLarge(long length) => new(
        "TinySora.Checkpoint.OnnxTooLarge", ErrorKind.InvalidArgument, length,
        $"An ONNX file holds at most 2 GiB, and this one would take {length >> 20} MiB.",
        "Export with -DataType Float16, which halves the weights, or in another format: -Format Safetensors has no limit.");

    public static TinySoraException NotPyTorch(string path, string reason) => new(
        NotPyTorchId, ErrorKind.InvalidData, path,
        $"'{path}' is not a file of PyTorch weights: {reason}.",
        "Name a file that torch.save wrote (.pt, .pth, .bin), or a .safetensors file.");

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
        TruncatedId, ErrorKind.InvalidData, path,
        $"'{path}' is cut short: it has {length} bytes where its header announces {expected}.",
        "Copy the file again, or use an earlier checkpoint (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException Damaged(string path, string reason) => new(
        DamagedId, ErrorKind.InvalidData, path,
        $"'{path}' is damaged: {reason}.",
        "Copy the file again, or use an earlier checkpoint (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException Changed(string path, Exception? cause = null) => new(
        "TinySora.Checkpoint.Changed", ErrorKind.ResourceBusy, path,
        $"'{path}' was changed by another program while it was being read.",
        "Wait until the file is complete, then run the same command again. To replace a file that is in use, copy the new one to another name "
            + "in the same folder and rename it.", cause);

    public static TinySoraException DamagedMetadata(string path, string key, string text) =>
        Damaged(path, $"its metadata says {key} {Text.Quote(text)}");

    public static TinySoraException UnsupportedType(string path, string tensor, string type) => new(
        "TinySora.Checkpoint.UnsupportedType", ErrorKind.InvalidData, path,
        $"'{path}': tensor '{tensor}' has the element type '{type}', which is not supported.",
        "Convert the file to float32 with the tool that wrote it.");

    public static TinySoraException MissingTensor(string path, string tensor) => new(
        "TinySora.Checkpoint.MissingTensor", ErrorKind.InvalidData, path,
        $"'{path}' has no tensor '{tensor}'.",
        "Use a checkpoint of this model and version (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException CannotRead(string path, Exception inner) => new(
        CannotReadId, ErrorKind.ReadError, path,
        $"'{path}' cannot be read: {inner.Message}",
        "Check that the file exists and that you may read it.", inner);

    public static TinySoraException CannotWrite(string path, Exception inner) => new(
        "TinySora.Checkpoint.CannotWrite", ErrorKind.WriteError, path,
        $"'{path}' cannot be written, and files that were there before are unchanged: {inner.Message}",
        "Free disk space or write to another folder, then run the same line again.", inner);
}
