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
        "Use the launcher of that library, or name the library of this launcher in the environment variable TINYSORA_MPI. Under Slurm: "
        + "srun --mpi=pmix for Open MPI, srun --mpi=pmi2 for MPICH.");

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

    public static TinySoraException NoLauncher(IReadOnlyList<string> names) => new(
        "TinySora.Process.NoLauncher", ErrorKind.NotInstalled, names[0],
        $"Several processes were asked for, and no launcher of MPI is on the PATH that could start them: {string.Join(", ", names)}.",
        "Install one (Debian: apt-get install openmpi-bin; Windows: MS-MPI, https://aka.ms/msmpi), or leave -Processes out.");

    public static TinySoraException LaunchedAlready() => new(
        "TinySora.Process.LaunchedAlready", ErrorKind.InvalidOperation, "Processes",
        "A launcher has started this process beside others, and -Processes would have each of them start more.",
        "Leave -Processes out of a line that mpiexec or srun starts: the launcher says how many there are.");

    public static TinySoraException NoRank(string launcher) => new(
        "TinySora.Process.NoRank", ErrorKind.NotImplemented, launcher,
        $"'{launcher}' has started the processes, but tells none of them by its environment which one it is.",
        "Let a launcher of Open MPI, MPICH, Intel MPI or MS-MPI be the first on the PATH.");

    /// <param name="said">What they and their launcher wrote.</param>
    public static TinySoraException EndedBeforeTheRun(int processes, int exitCode, string said) => new(
        "TinySora.Process.EndedBeforeTheRun", ErrorKind.InvalidOperation, exitCode,
        $"The {processes} processes ended before the run did, with exit code {exitCode}. They said: {said}",
        "See to what they name; the same line goes on from the last checkpoint.");
}
