namespace TinySora.Engine.Errors;

/// <summary>Errors in reading and writing tensor files: checkpoints, text encoders, latents, published weights.</summary>
public static class WeightFileErrors
{
    internal const string CannotReadId = "TinySora.Checkpoint.CannotRead";

    private const string NotSafetensorsId = "TinySora.Checkpoint.NotSafetensors";
    private const string NotPyTorchId = "TinySora.Checkpoint.NotPyTorch";
    private const string TruncatedId = "TinySora.Checkpoint.Truncated";
    private const string DamagedId = "TinySora.Checkpoint.Damaged";

    /// <summary>Whether an error is due to the file's content, which is corrupt or in another format.</summary>
    internal static bool IsContentError(TinySoraException error) => error.Id is NotSafetensorsId or NotPyTorchId or TruncatedId or DamagedId;

    public static TinySoraException NotSafetensors(string path, string reason) => new(
        NotSafetensorsId, ErrorKind.InvalidData, path,
        $"'{path}' is not a safetensors file: {reason}.",
        $"Specify a {CheckpointErrors.FileNames} file written by TinySora, or import a file from another program with Import-TinySoraCheckpoint.");

    public static TinySoraException IsPyTorch(string path) => new(
        "TinySora.Checkpoint.IsPyTorch", ErrorKind.InvalidData, path,
        $"'{path}' is a PyTorch file written by torch.save, not a TinySora checkpoint.",
        $"Convert it to a checkpoint: Import-TinySoraCheckpoint '{path}'. The import does not execute code from the file.");

    public static TinySoraException OnnxTooLarge(long length) => new(
        "TinySora.Checkpoint.OnnxTooLarge", ErrorKind.InvalidArgument, length,
        $"An ONNX file holds at most 2 GiB, but this one would take {length >> 20} MiB.",
        "Export with -DataType Float16, which halves the size of the weights, or with -Format Safetensors, which has no limit.");

    public static TinySoraException NotPyTorch(string path, string reason) => new(
        NotPyTorchId, ErrorKind.InvalidData, path,
        $"'{path}' is not a PyTorch weight file: {reason}.",
        "Specify a file written by torch.save (.pt, .pth, .bin), or a .safetensors file.");

    public static TinySoraException OldPyTorch(string path) => new(
        "TinySora.Checkpoint.OldPyTorch", ErrorKind.InvalidData, path,
        $"'{path}' is in the tar format that PyTorch used until 2017, which is not supported.",
        "Load it with a current PyTorch and save it again with torch.save.");

    public static TinySoraException RunsCode(string path, string name) => new(
        "TinySora.Checkpoint.RunsCode", ErrorKind.InvalidData, path,
        $"'{path}' was rejected: loading it in Python would call {name}, so the file contains more than plain data. TinySora executed no code from it.",
        "Do not open this file in Python unless you trust its source. If you do, save only the tensors: "
        + "torch.save(model.state_dict(), path).");

    public static TinySoraException Truncated(string path, long length, long expected) => new(
        TruncatedId, ErrorKind.InvalidData, path,
        $"'{path}' is truncated: it has {length} bytes, but its header requires {expected}.",
        "Copy the file again, or use an earlier checkpoint (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException Damaged(string path, string reason) => new(
        DamagedId, ErrorKind.InvalidData, path,
        $"'{path}' is corrupt: {reason}.",
        "Copy the file again, or use an earlier checkpoint (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException Changed(string path, Exception? cause = null) => new(
        "TinySora.Checkpoint.Changed", ErrorKind.ResourceBusy, path,
        $"'{path}' was changed by another program while it was being read.",
        "Wait until the file is complete, then run the same command again. To replace a file in use, copy the new one to another name "
            + "in the same folder and rename it.", cause);

    public static TinySoraException DamagedMetadata(string path, string key, string text) =>
        Damaged(path, $"its metadata has the invalid value {Text.Quote(text)} for {key}");

    public static TinySoraException UnsupportedType(string path, string tensor, string type) => new(
        "TinySora.Checkpoint.UnsupportedType", ErrorKind.InvalidData, path,
        $"'{path}': tensor '{tensor}' has the element type '{type}', which is not supported.",
        "Convert the file to float32 with the tool that wrote it.");

    public static TinySoraException MissingTensor(string path, string tensor) => new(
        "TinySora.Checkpoint.MissingTensor", ErrorKind.InvalidData, path,
        $"'{path}' has no tensor '{tensor}'.",
        "Use a checkpoint of the same model and version (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException CannotRead(string path, Exception inner) => new(
        CannotReadId, ErrorKind.ReadError, path,
        $"'{path}' cannot be read: {inner.Message}",
        "Check that the file exists and that you have permission to read it.", inner);

    public static TinySoraException CannotWrite(string path, Exception inner) => new(
        "TinySora.Checkpoint.CannotWrite", ErrorKind.WriteError, path,
        $"'{path}' cannot be written; existing files are unchanged: {inner.Message}",
        "Free disk space or use another folder, then run the same command again.", inner);
}
