namespace TinySora.Engine.Errors;

/// <summary>Errors in multi-process training.</summary>
public static class ProcessErrors
{
    public static TinySoraException MpiMissing(IReadOnlyList<string> names, string problem) => new(
        "TinySora.Process.MpiMissing", ErrorKind.NotInstalled, names[0],
        $"An MPI launcher started this process, but no MPI library can be used. Libraries tried: {string.Join(", ", names)}. Last error: {problem}",
        "Install the MPI library of the launcher (Debian: libopenmpi3 for mpiexec.openmpi, libmpich12 for mpiexec.mpich; Windows: MS-MPI), "
        + "or set the environment variable TINYSORA_MPI to the path of the library.");

    public static TinySoraException OtherMpi(string library) => new(
        "TinySora.Process.OtherMpi", ErrorKind.InvalidOperation, library,
        $"The launcher started several processes, but {library} reports only one process, because that library belongs to another launcher.",
        "Use the launcher of that library, or set the environment variable TINYSORA_MPI to the library of this launcher. Under Slurm, use "
        + "srun --mpi=pmix for Open MPI and srun --mpi=pmi2 for MPICH.");

    public static TinySoraException MpiFailed(int code) => new(
        "TinySora.Process.MpiFailed", ErrorKind.InvalidOperation, code,
        $"MPI reported error {code}.",
        "Start the processes again: the run resumes from its last checkpoint.");

    public static TinySoraException NcclFailed(int code, string text) => new(
        "TinySora.Process.NcclFailed", ErrorKind.InvalidOperation, code,
        $"NCCL reported error {code}: {text}.",
        "Start the processes again: the run resumes from its last checkpoint. For details, set the environment variable NCCL_DEBUG=INFO. NCCL supports one "
        + "process per GPU.");

    public static TinySoraException EndedEarly() => new(
        "TinySora.Process.EndedEarly", ErrorKind.InvalidOperation, Environment.ProcessId,
        "This process ended while process 0 still needed it.",
        "Run the same commands in all processes.");

    public static TinySoraException Lost(int rank, int processes, string machine, string what) => new(
        "TinySora.Process.Lost", ErrorKind.InvalidOperation, rank,
        $"Process {rank} (ranks 0 to {processes - 1}) on {machine} {what}. All other processes are ending as well.",
        "Start the processes again: the run resumes from its last checkpoint. The environment variable TINYSORA_PROCESS_LIMIT sets "
        + "how many seconds a process may remain silent.");

    public static TinySoraException NotJoined(double seconds) => new(
        "TinySora.Process.NotJoined", ErrorKind.InvalidOperation, seconds,
        FormattableString.Invariant($"Not all processes of the launcher started within {seconds} seconds: one ended before it joined the others, ")
        + "or its machine cannot be reached.",
        "Check the output of the processes, then start all of them again. To wait longer, increase the environment variable TINYSORA_PROCESS_LIMIT "
        + "(in seconds): the wait is 15 times its value.");

    public static TinySoraException BadProcessLimit(string value) => new(
        "TinySora.Process.BadProcessLimit", ErrorKind.InvalidArgument, value,
        $"The environment variable TINYSORA_PROCESS_LIMIT is '{value}', but must be a number of seconds above 0.",
        "Set it to the number of seconds that a process may remain silent before the other processes exit, or unset the variable.");

    public static TinySoraException Indivisible(string reason) => new(
        "TinySora.Process.Indivisible", ErrorKind.InvalidOperation, reason,
        $"This model cannot be trained by several processes, because {reason}. "
        + "The sum of the processes' gradients would differ from the gradient that a single process computes.",
        "Start the run without a launcher, or change the configuration.");

    public static TinySoraException TooManyProcesses(int processes, int batchSize) => new(
        "TinySora.Process.TooManyProcesses", ErrorKind.InvalidArgument, processes,
        $"{processes} processes cannot share micro-batches of {batchSize} clips: some would have no work.",
        "Start fewer processes, or raise trainer.train_batch_size and lower trainer.gradient_accumulate_every by the same factor.");

    public static TinySoraException OtherData(int rank) => new(
        "TinySora.Process.OtherData", ErrorKind.InvalidData, rank,
        $"Process {rank} has different clips from process 0.",
        "Use the same data folder on all machines: a shared disk, or a copy of all files with their captions.");

    public static TinySoraException OtherDevice(int rank, string device, string first) => new(
        "TinySora.Process.OtherDevice", ErrorKind.InvalidArgument, rank,
        $"Process {rank} uses {device}, but process 0 uses {first}, so their results would differ.",
        "Use the same -Device for all processes, and only machines that have this device.");

    public static TinySoraException OtherWeights(int rank, int step) => new(
        "TinySora.Process.OtherWeights", ErrorKind.InvalidData, rank,
        $"After step {step}, process {rank} has different weights from process 0, so no checkpoint was written.",
        "Start the processes again: the run resumes from its last checkpoint. All machines need the same processor, TinySora version and "
        + "libraries. If these already match, one machine may have faulty memory.");

    public static TinySoraException NoLauncher(IReadOnlyList<string> names) => new(
        "TinySora.Process.NoLauncher", ErrorKind.NotInstalled, names[0],
        $"Several processes were requested, but none of these MPI launchers is on the PATH: {string.Join(", ", names)}.",
        "Install an MPI launcher (Debian: apt-get install openmpi-bin; Windows: MS-MPI, https://aka.ms/msmpi), or omit -Processes.");

    public static TinySoraException LaunchedAlready() => new(
        "TinySora.Process.LaunchedAlready", ErrorKind.InvalidOperation, "Processes",
        "A launcher has already started this process together with others. With -Processes, each of them would start more processes.",
        "Omit -Processes in a command that mpiexec or srun starts: the launcher sets the number of processes.");

    public static TinySoraException NoRank(string launcher) => new(
        "TinySora.Process.NoRank", ErrorKind.NotImplemented, launcher,
        $"'{launcher}' started the processes, but does not set their ranks in environment variables.",
        "Put a launcher of Open MPI, MPICH, Intel MPI or MS-MPI first on the PATH.");

    /// <param name="said">Output of the processes and their launcher.</param>
    public static TinySoraException EndedBeforeTheRun(int processes, int exitCode, string said) => new(
        "TinySora.Process.EndedBeforeTheRun", ErrorKind.InvalidOperation, exitCode,
        $"The {processes} processes ended before the run did, with exit code {exitCode}. Their output: {said}",
        "Fix the reported problem, then run the same command again: it resumes from the last checkpoint.");
}
