namespace TinySora.Engine.Errors;

/// <summary>Failures of the machine: devices, threads, native libraries.</summary>
public static class RuntimeErrors
{
    public static TinySoraException UnknownDevice(string device) => new(
        "TinySora.Runtime.UnknownDevice", ErrorKind.InvalidArgument, device,
        $"'{device}' is no device; auto, cpu, cuda, cuda:auto and cuda:N (N = 0, 1, ...) are.",
        "Take auto, which is a GPU where there is one.");

    public static TinySoraException NoSuchGpu(string device, int count) => new(
        "TinySora.Runtime.NoSuchGpu", ErrorKind.ResourceUnavailable, device,
        count == 0
            ? $"'{device}' was asked for, but libtorch finds no GPU that it can use."
            : $"'{device}' was asked for, but there are {count} GPUs: cuda:0 to cuda:{count - 1}.",
        "Take the device cpu or auto; Get-TinySoraDevice shows what was found.");

    public static TinySoraException NameTaken(string path) => new(
        "TinySora.Runtime.NameTaken", ErrorKind.ResourceExists, path,
        $"'{path}' was created by another program while this file was being written. It is unchanged.",
        "Run the command again with another name, or move that file.");

    public static TinySoraException NoTemporaryFolder(string path, Exception inner) => new(
        "TinySora.Runtime.NoTemporaryFolder", ErrorKind.WriteError, path,
        $"No folder can be made among the temporary files in '{path}': {inner.Message}",
        "Set the environment variable TMPDIR (on Windows TEMP) to a folder that you may write to.", inner);

    public static TinySoraException BadThreadCount(string value) => new(
        "TinySora.Runtime.BadThreadCount", ErrorKind.InvalidArgument, value,
        $"The environment variable TINYSORA_THREADS is '{value}'; it must be a whole number of at least 1.",
        "Set it to the number of processor cores to use, or unset it to use those that are free.");

    public static TinySoraException AddressSpaceLimited(long limit, Exception inner) => new(
        "TinySora.Runtime.AddressSpaceLimited", ErrorKind.ResourceUnavailable, "memory",
        $"libtorch cannot be loaded, because this process may use {limit >> 20} MiB of addresses only: {Reason(inner)}",
        "Raise the limit in the shell or scheduler that starts PowerShell: ulimit -v unlimited, or at least 8 GiB (ulimit -v 8388608).", inner);

    public static TinySoraException LibTorchMissing(Exception inner) => new(
        "TinySora.Runtime.LibTorchMissing", ErrorKind.NotInstalled, "libtorch",
        $"libtorch cannot be loaded: {Reason(inner.InnerException ?? inner)}",
        "Run Install-TinySoraRuntime, which gets the native libraries, also from a folder (-Source), or points to a libtorch that is there "
        + "(-LibTorchPath). In a clone build again with build.sh or build.ps1.", inner);

    public static TinySoraException ShuttingDown() => new(
        "TinySora.Runtime.ShuttingDown", ErrorKind.InvalidOperation, "engine thread",
        "The process is ending; no new work is taken.",
        "Run the command again in a new process.");

    /// <param name="begun">What the engine thread is doing, a class and a method.</param>
    /// <param name="asked">What wants to be done there, likewise.</param>
    public static TinySoraException WaitsForItself(string begun, string asked) => new(
        "TinySora.Internal.WaitsForItself", ErrorKind.InvalidOperation, asked,
        $"{asked} would wait for the engine thread, which may be waiting for it: {begun}, which runs there, has started it on another thread.",
        "This is a defect of TinySora. Please report it with the command line; with TINYSORA_THREADS=1 the command may work.");

    public static TinySoraException OutOfMemory(Exception inner) => new(
        "TinySora.Runtime.OutOfMemory", ErrorKind.ResourceUnavailable, "memory",
        $"The memory does not suffice: {Reason(inner)}",
        "Close other programs, or ask for less at a time: Start-TinySoraTraining -BatchSize (trainer.train_batch_size), Invoke-TinySoraGenerate "
        + "-Exact, with fewer -Frames or with a smaller -Count, a new model of less width or of smaller clips.", inner);

    /// <summary>Turns any failure into an error of TinySora's.</summary>
    public static TinySoraException Of(Exception failure) => failure as TinySoraException
        ?? (IsOutOfMemory(failure) ? OutOfMemory(failure) : FileFailure.Is(failure) ? FileFailed(failure) : Unexpected(failure));

    /// <summary>A failure of the file system where none of the more specific errors applies, such as when a folder is listed.</summary>
    public static TinySoraException FileFailed(Exception inner) => new(
        "TinySora.Runtime.FileFailed", ErrorKind.ReadError, "files",
        $"A file or folder cannot be used: {inner.Message}",
        "Check that its disk or network share is sound and that you may use it, then run the same command again.", inner);

    /// <summary>A failure that nobody foresaw, with its stack.</summary>
    public static TinySoraException Unexpected(Exception inner) => new(
        "TinySora.Internal.Unexpected", ErrorKind.NotSpecified, inner.GetType().FullName,
        $"Unexpected {inner.GetType().Name}: {WithoutTrace(inner.Message)}",
        "This is a defect of TinySora. Please report it with the command line and the text of $Error[0].Exception.ToString().", inner);

    /// <summary>.NET's own, and what libtorch says of the memory of the processor (two wordings) and of the GPU, and the system of its own.</summary>
    private static bool IsOutOfMemory(Exception exception) => exception is OutOfMemoryException
        || new[] { "can't allocate memory", "not enough memory", "out of memory", "cannot allocate memory" }
            .Any(words => exception.Message.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>libtorch lets its own trace follow, twenty lines of addresses, which the exception itself keeps.</summary>
    private static string WithoutTrace(string message) => message.Split("\nException raised from ")[0];

    /// <summary>
    /// What the system's loader said, which the runtime puts after advice to its own developers; of other messages the first
    /// line: TorchSharp lets a trace of its search follow.
    /// </summary>
    private static string Reason(Exception e)
    {
        var lines = e.Message.Trim().Split('\n');
        return (e is DllNotFoundException ? lines[^1] : lines[0]).Trim();
    }
}
