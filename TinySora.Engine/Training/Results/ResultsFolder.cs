using System.Globalization;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Training.Results;

/// <summary>
/// The folder of one run, locked while it is open. The lock belongs to the open file and not to its existence, so it ends
/// with the process however that dies.
/// </summary>
public sealed partial class ResultsFolder : IDisposable
{
    public const string ConfigName = "config.yaml";

    /// <summary>How far the run is, for whoever looks at it from outside.</summary>
    internal const string StatusName = "status.json";

    internal const string DashboardName = "dashboard.html";

    /// <summary>The file with the tags and the note of the run.</summary>
    internal const string NotesName = "notes.json";

    /// <summary>The folder of orders to the run.</summary>
    internal const string MailboxName = ".control";

    /// <summary>The ending of an answer to an order.</summary>
    internal const string AnswerEnding = ".answer";

    private const string LockName = ".lock";

    /// <summary>Who has the lock, in words; true only while somebody has.</summary>
    internal const string HolderName = ".lock-holder";

    /// <summary>What a run writes; anything else in the folder is the user's.</summary>
    private static readonly string[] OwnFiles =
    [
        CheckpointStore.Pattern, MetricsFile.Name, ConfigName, "loss.png", .. SampleFiles.Patterns, StatusName, DashboardName, NotesName,
        .. StepSinks.Files,
    ];

    private const int Attempts = 10;
    private const int MostHolderBytes = 1000;

    /// <summary>Many times as long as somebody who waits for an answer needs to look.</summary>
    private static readonly TimeSpan AnswersKept = TimeSpan.FromHours(1);

    private static readonly EnumerationOptions TwoLevels = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true };

    private readonly FileStream held;

    /// <summary>Folders that were not there before, this one first and each before the one that it is in.</summary>
    private readonly IReadOnlyList<string> created;

    /// <summary>Whether an earlier run has written here.</summary>
    private readonly bool wasUsed;

    /// <summary>What was moved aside for a run that has not begun yet.</summary>
    internal MovedFiles Moved { get; } = new();

    private ResultsFolder(string path, FileStream held, IReadOnlyList<string> created, bool wasUsed) =>
        (Path, this.held, this.created, this.wasUsed) = (path, held, created, wasUsed);

    public string Path { get; }

    public string MetricsPath => System.IO.Path.Combine(Path, MetricsFile.Name);

    public string ConfigPath => System.IO.Path.Combine(Path, ConfigName);

    /// <summary>Whether a folder holds what a training run writes.</summary>
    public static bool IsRun(string folder) => File.Exists(System.IO.Path.Combine(folder, StatusName))
        || File.Exists(System.IO.Path.Combine(folder, MetricsFile.Name))
        || Directory.EnumerateFiles(folder, CheckpointStore.Pattern).Any();

    /// <summary>The folders of runs up to two levels below a folder.</summary>
    public static IEnumerable<string> Below(string folder) => Directory.EnumerateDirectories(folder, "*", TwoLevels).Where(IsRun);

    /// <summary>Whether a folder holds what <see cref="MoveAside"/> has moved there.</summary>
    public static bool IsAside(string folder) => AsideName().IsMatch(System.IO.Path.GetFileName(folder));

    /// <summary>Creates the folder if absent, locks it and clears away files that a crash left unfinished.</summary>
    /// <exception cref="TinySoraException">CannotUseFolder, FolderInUse.</exception>
    public static ResultsFolder Open(string path) => Guard(path, () =>
    {
        var created = Absent(path);
        var held = Lock(path);
        try
        {
            var wasUsed = OwnFilesIn(path).Any();
            var holder = System.IO.Path.Combine(path, HolderName);
            AtomicFile.RemoveLink(holder);
            File.WriteAllText(holder, HolderSince(DateTime.Now));
            // It says that what follows is a run's, see UserFiles: a power cut must not leave that without this.
            DiskFlush.NoteName(holder);
            DiskFlush.Names(TrainingErrors.CannotUseFolder);
            foreach (var partial in OwnFiles.SelectMany(own => Directory.GetFiles(path, own + AtomicFile.PartialSuffix)))
            {
                File.Delete(partial);
            }

            Sweep(new DirectoryInfo(System.IO.Path.Combine(path, MailboxName)));
            return new ResultsFolder(path, held, created, wasUsed);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    });

    /// <summary>A description of this process, for the lock.</summary>
    internal static string HolderSince(DateTime time) => FormattableString.Invariant(
        $"process {Environment.ProcessId} on {Environment.MachineName}, since {time:yyyy-MM-dd HH:mm:ss}");

    /// <summary>Whether a run of this or another process has the folder.</summary>
    public static bool IsInUse(string path) => FileLock.IsTaken(System.IO.Path.Combine(path, LockName));

    /// <summary>Moves files of an earlier run into a subfolder named after the time.</summary>
    /// <param name="which">Null: all.</param>
    /// <param name="further">Names of others below the folder that go with all, * for anything.</param>
    /// <returns>The subfolder; null when there was nothing to move.</returns>
    /// <exception cref="TinySoraException">CannotUseFolder.</exception>
    public string? MoveAside(IEnumerable<string>? which = null, IEnumerable<string>? further = null) => Guard(Path, () =>
    {
        var files = (which ?? OwnFilesIn(Path).Concat(FilesBelow(Path, further ?? []))).ToList();
        if (files.Count == 0)
        {
            return null;
        }

        var name = "old-" + DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var target = System.IO.Path.Combine(Path, name);
        for (var number = 2; Directory.Exists(target); number++)
        {
            target = System.IO.Path.Combine(Path, $"{name}-{number}");
        }

        DiskFlush.CreateFolder(target);
        foreach (var file in files)
        {
            var below = System.IO.Path.GetRelativePath(Path, file);
            var isBeside = below.StartsWith("..", StringComparison.Ordinal);
            var moved = System.IO.Path.Combine(target, isBeside ? System.IO.Path.GetFileName(file) : below);
            DiskFlush.CreateFolder(System.IO.Path.GetDirectoryName(moved)!);
            File.Move(file, moved);
            Moved.Add(file, moved);
            DiskFlush.NoteName(file);
            DiskFlush.NoteName(moved);
        }

        // Before new files get the names of those that were moved.
        DiskFlush.Names(TrainingErrors.CannotUseFolder);

        return target;
    });

    /// <summary>
    /// Takes away what a start that failed has written, with the folders that it made: nobody shall take them for a run. Where an earlier
    /// run was, or this one has come to a step, everything stays.
    /// </summary>
    public void DiscardFailedStart()
    {
        try
        {
            if (wasUsed || CheckpointStore.IsIn(Path) || new FileInfo(MetricsPath) is { Exists: true, Length: > 0 })
            {
                return;
            }

            foreach (var file in OwnFilesIn(Path).Append(System.IO.Path.Combine(Path, HolderName)).ToList())
            {
                BusyFile.TryDelete(file);
            }

            // While it is locked, so that nobody gets a lock on what is going away; Windows deletes no file that is open.
            var lockFile = System.IO.Path.Combine(Path, LockName);
            if (OperatingSystem.IsWindows())
            {
                held.Dispose();
            }

            BusyFile.TryDelete(lockFile);
            held.Dispose();
            foreach (var folder in created)
            {
                Directory.Delete(folder);
            }
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            // Somebody has put something there, or has taken the folder away: what ended the start is to be told, and not this.
        }
    }

    public void Dispose() => held.Dispose();

    /// <summary>The files of some names below a folder.</summary>
    /// <param name="names">Relative to the folder, * for anything.</param>
    private static IEnumerable<string> FilesBelow(string path, IEnumerable<string> names) => names.SelectMany(name =>
        new FileInfo(System.IO.Path.Combine(path, name)) is { Directory.Exists: true } file ? Directory.GetFiles(file.DirectoryName!, file.Name) : []);

    /// <summary>The files of a folder that have names of a run's files.</summary>
    internal static IEnumerable<string> OwnFilesIn(string path) => OwnFiles.SelectMany(own => Directory.GetFiles(path, own));

    /// <summary>The folders on a path that do not exist yet, from the innermost outwards.</summary>
    private static List<string> Absent(string folder)
    {
        var absent = new List<string>();
        var path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
        for (; path is not null && !Directory.Exists(path); path = System.IO.Path.GetDirectoryName(path))
        {
            absent.Add(path);
        }

        return absent;
    }

    [GeneratedRegex(@"^old-\d{8}-\d{6}")]
    private static partial Regex AsideName();

    private static FileStream Lock(string folder)
    {
        for (var attempt = 1; ; attempt++)
        {
            DiskFlush.CreateFolder(folder);
            try
            {
                return FileLock.TryTake(System.IO.Path.Combine(folder, LockName)) ?? throw TrainingErrors.FolderInUse(folder, Holder(folder));
            }
            catch (DirectoryNotFoundException) when (attempt < Attempts)
            {
                // Whoever takes its run out of the queue has just removed it.
            }
        }
    }

    private static string? Holder(string folder) =>
        OnFailure.Return(null, () => RegularFile.ReadAllText(System.IO.Path.Combine(folder, HolderName), MostHolderBytes));

    /// <summary>
    /// Removes orders that nobody is left to hear. Answers of the run before stay for a while: who asked for them may be about to look.
    /// </summary>
    private static void Sweep(DirectoryInfo mailbox)
    {
        if (!mailbox.Exists)
        {
            return;
        }

        // What a link points to is not the run's.
        var files = mailbox.LinkTarget is null ? mailbox.GetFiles() : [];
        foreach (var file in files.Where(file => file.Extension != AnswerEnding || file.LastWriteTimeUtc < DateTime.UtcNow - AnswersKept))
        {
            file.Delete();
        }

        try
        {
            mailbox.Delete();
        }
        catch (IOException)
        {
            // Something is in it, or has just come.
        }
    }

    internal static T Guard<T>(string folder, Func<T> work) =>
        OnFailure.Throw(folder, TrainingErrors.CannotUseFolder, work);
}
