namespace TinySora.Engine.Errors;

/// <summary>Failures of work that several processes do together.</summary>
public static class ProcessErrors
{
    public static TinySoraException MpiMissing(IReadOnlyList<string> names, string problem) => new(
        "TinySora.Process.MpiMissing", ErrorKind.NotInstalled, names[0],
        $"A launcher of MPI has started this process, but none of {string.Join(", ", names)} can be used: {problem}",
        "Install the library that belongs to the launcher (Debian: libopenmpi3 for mpiexec.openmpi, libmpich12 for mpiexec.mpich; Windows: MS-MPI), "
        + "or name its file in the environment variable TINYSORA_MPI.");

    public static TinySoraException OtherMpi(string library) => new(
        "TinySora.Process.OtherMpi", ErrorKind.InvalidOperation, library,
        $"The launcher has started several processes, but {library}, which was found, knows of one: it belongs to another launcher.",
        "Use the launcher of that library, or name the library of this launcher in the environment variable TINYSORA_MPI.");

    public static TinySoraException MpiFailed(int code) => new(
        "TinySora.Process.MpiFailed", ErrorKind.InvalidOperation, code,
        $"MPI reports error {code}.",
        "Start the processes again: the run continues from its last checkpoint.");

    public static TinySoraException NcclFailed(int code, string text) => new(
        "TinySora.Process.NcclFailed", ErrorKind.InvalidOperation, code,
        $"NCCL reports error {code}: {text}.",
        "Start the processes again: the run continues from its last checkpoint. NCCL_DEBUG=INFO in the environment has it say more; one process for each "
        + "GPU is what it can do.");

    public static TinySoraException EndedEarly() => new(
        "TinySora.Process.EndedEarly", ErrorKind.InvalidOperation, Environment.ProcessId,
        "The process came to its end while the first one had more work for it.",
        "Let all processes run the same commands.");

    public static TinySoraException Lost(int rank, int processes, string machine, string what) => new(
        "TinySora.Process.Lost", ErrorKind.InvalidOperation, rank,
        $"Process {rank} of 0 to {processes - 1} on {machine} {what}. All others end with it.",
        "Start the processes again: the run continues from its last checkpoint. The environment variable TINYSORA_PROCESS_LIMIT says for how many "
        + "seconds a process may be silent.");

    public static TinySoraException NotJoined(double seconds) => new(
        "TinySora.Process.NotJoined", ErrorKind.InvalidOperation, seconds,
        FormattableString.Invariant($"Not all processes of the launcher have come up within {seconds} seconds: one has ended before it joined the others, ")
        + "or its machine cannot be reached.",
        "Look for what that one said, and start all again. The environment variable TINYSORA_PROCESS_LIMIT allows more time: a fifteenth of it, in seconds.");

    public static TinySoraException BadProcessLimit(string value) => new(
        "TinySora.Process.BadProcessLimit", ErrorKind.InvalidArgument, value,
        $"The environment variable TINYSORA_PROCESS_LIMIT is '{value}'; it must be a number of seconds above 0.",
        "Set it to the time for which a process may be silent before the others end, or unset it.");

    public static TinySoraException Indivisible(string reason) => new(
        "TinySora.Process.Indivisible", ErrorKind.InvalidOperation, reason,
        $"This model cannot be trained by several processes, because {reason}: their shares would not add up to the same step.",
        "Start the run without a launcher, or change the configuration.");

    public static TinySoraException TooManyProcesses(int processes, int batchSize) => new(
        "TinySora.Process.TooManyProcesses", ErrorKind.InvalidArgument, processes,
        $"{processes} processes share micro-batches of {batchSize}: some would have nothing to do.",
        "Start fewer processes, or raise trainer.train_batch_size and lower trainer.gradient_accumulate_every as much.");

    public static TinySoraException OtherData(int rank) => new(
        "TinySora.Process.OtherData", ErrorKind.InvalidData, rank,
        $"Process {rank} has other clips than process 0.",
        "Let the data folder of all machines be the same: on a shared disk, or a copy of all files with their captions.");

    public static TinySoraException OtherDevice(int rank, string device, string first) => new(
        "TinySora.Process.OtherDevice", ErrorKind.InvalidArgument, rank,
        $"Process {rank} computes on {device} and process 0 on {first}: their numbers would not be the same.",
        "Give all processes the same -Device, and only machines that have it.");

    public static TinySoraException OtherWeights(int rank, int step) => new(
        "TinySora.Process.OtherWeights", ErrorKind.InvalidData, rank,
        $"After step {step} process {rank} has other weights than process 0; no checkpoint was written.",
        "Start the processes again: the run continues from its last checkpoint. The machines must have the same processor, the same TinySora and the "
        + "same libraries; if they have, the memory of one is at fault.");
}
