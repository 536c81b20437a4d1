namespace TinySora.Engine.Errors;

/// <summary>Errors in the runtime environment: devices, threads, native libraries.</summary>
public static class RuntimeErrors
{
    public static TinySoraException UnknownDevice(string device) => new(
        "TinySora.Runtime.UnknownDevice", ErrorKind.InvalidArgument, device,
        $"'{device}' is not a device; expected auto, cpu, cuda, cuda:auto or cuda:N (N = 0, 1, ...).",
        "Use auto, which selects a GPU if one is available.");

    public static TinySoraException NoSuchGpu(string device, int count) => new(
        "TinySora.Runtime.NoSuchGpu", ErrorKind.ResourceUnavailable, device,
        count == 0
            ? $"'{device}' was requested, but libtorch finds no usable GPU."
            : $"'{device}' was requested, but the last GPU on this machine is cuda:{count - 1}.",
        "Use the device cpu or auto. To list the available devices, run Get-TinySoraDevice.");

    public static TinySoraException NameTaken(string path) => new(
        "TinySora.Runtime.NameTaken", ErrorKind.ResourceExists, path,
        $"Another program created '{path}' while TinySora was writing a file of that name. The other program's file was left unchanged.",
        "Move that file and run the command again, or run it with another file name.");

    public static TinySoraException NoTemporaryFolder(string path, Exception inner) => new(
        "TinySora.Runtime.NoTemporaryFolder", ErrorKind.WriteError, path,
        $"A folder for temporary files cannot be created in '{path}': {inner.Message}",
        "Set the environment variable TMPDIR (TEMP on Windows) to a folder that you can write to.", inner);

    public static TinySoraException BadThreadCount(string value) => new(
        "TinySora.Runtime.BadThreadCount", ErrorKind.InvalidArgument, value,
        $"The environment variable TINYSORA_THREADS is '{value}', but must be a whole number of at least 1.",
        "Set it to the number of processor cores to use, or unset it to use the free cores.");

    public static TinySoraException AddressSpaceLimited(long limit, Exception inner) => new(
        "TinySora.Runtime.AddressSpaceLimited", ErrorKind.ResourceUnavailable, "memory",
        $"libtorch cannot be loaded, because the address space of this process is limited to {limit >> 20} MiB: {Reason(inner)}",
        "Raise the limit in the shell or scheduler that starts PowerShell: ulimit -v unlimited, or at least 8 GiB (ulimit -v 8388608).", inner);

    public static TinySoraException LibTorchMissing(Exception inner) => new(
        "TinySora.Runtime.LibTorchMissing", ErrorKind.NotInstalled, "libtorch",
        $"libtorch cannot be loaded: {Reason(inner.InnerException ?? inner)}",
        "Run Install-TinySoraRuntime, which downloads the native libraries, installs them from a folder (-Source), or uses an existing libtorch "
        + "(-LibTorchPath). If you cloned the repository, run build.sh or build.ps1 again instead.", inner);

    public static TinySoraException ShuttingDown() => new(
        "TinySora.Runtime.ShuttingDown", ErrorKind.InvalidOperation, "engine thread",
        "This process is ending, so it accepts no new work.",
        "Run the command again in a new process.");

    /// <param name="begun">Class and method of the work that the engine thread is running.</param>
    /// <param name="requested">Class and method of the work requested from the engine thread.</param>
    public static TinySoraException WaitsForItself(string begun, string requested) => new(
        "TinySora.Internal.WaitsForItself", ErrorKind.InvalidOperation, requested,
        $"{requested} needs the engine thread, but {begun} is running there and may be waiting for {requested}, which it started on another thread.",
        "This is a bug in TinySora. Please report it with the command line. With the environment variable TINYSORA_THREADS=1, the command may work.");

    public static TinySoraException OutOfMemory(Exception inner) => new(
        "TinySora.Runtime.OutOfMemory", ErrorKind.ResourceUnavailable, "memory",
        $"Out of memory: {Reason(inner)}",
        "Close other programs, or use less memory: lower Start-TinySoraTraining -BatchSize (trainer.train_batch_size); use Invoke-TinySoraGenerate "
        + "with -Exact, fewer -Frames or a smaller -Count; or train a new model with a smaller width or smaller clips.", inner);

    /// <summary>Converts any exception to a <see cref="TinySoraException"/>.</summary>
    public static TinySoraException From(Exception failure) => failure as TinySoraException
        ?? (IsOutOfMemory(failure) ? OutOfMemory(failure) : FileFailure.Is(failure) ? FileFailed(failure) : Unexpected(failure));

    /// <summary>Returns the error for a file system failure that has no more specific error, for example when listing a folder.</summary>
    public static TinySoraException FileFailed(Exception inner) => new(
        "TinySora.Runtime.FileFailed", ErrorKind.ReadError, "files",
        $"A file or folder cannot be used: {inner.Message}",
        "Check that its disk or network share works and that you have permission to use it, then run the same command again.", inner);

    /// <summary>Returns the error for an unexpected exception. The error contains the exception and its stack trace.</summary>
    public static TinySoraException Unexpected(Exception inner) => new(
        "TinySora.Internal.Unexpected", ErrorKind.NotSpecified, inner.GetType().FullName,
        $"Unexpected {inner.GetType().Name}: {WithoutTrace(inner.Message)}",
        "This is a bug in TinySora. Please report it with the command line and the output of $Error[0].Exception.ToString().", inner);

    /// <summary>
    /// Whether an exception from .NET, the system or libtorch reports that memory ran out. libtorch has two such messages for the CPU and one for the GPU.
    /// </summary>
    private static bool IsOutOfMemory(Exception exception) => exception is OutOfMemoryException
        || new[] { "can't allocate memory", "not enough memory", "out of memory", "cannot allocate memory" }
            .Any(words => exception.Message.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>Removes the stack trace that libtorch appends to its messages. The exception itself still contains it.</summary>
    private static string WithoutTrace(string message) => message.Split("\nException raised from ")[0];

    /// <summary>
    /// Returns the relevant line of an exception's message. For a <see cref="DllNotFoundException"/> it is the last line, because .NET puts advice to
    /// developers before the loader's message. For other exceptions it is the first line, because TorchSharp appends a trace of its search.
    /// </summary>
    private static string Reason(Exception e)
    {
        var lines = e.Message.Trim().Split('\n');
        return (e is DllNotFoundException ? lines[^1] : lines[0]).Trim();
    }
}
