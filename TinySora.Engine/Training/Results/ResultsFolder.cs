using System.Globalization;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Training.Results;

/// <summary>
/// The folder of one run, which is locked while it is open. The lock depends on an open file handle, not on the existence of a file, so it is released
/// whenever the process ends, even after a crash.
/// </summary>
public sealed partial class ResultsFolder : IDisposable
{
    public const string ConfigName = "config.yaml";

    /// <summary>Name of the file with the run's progress for other processes.</summary>
    internal const string StatusName = "status.json";

    internal const string DashboardName = "dashboard.html";

    /// <summary>Name of the file with the run's tags and note.</summary>
    internal const string NotesName = "notes.json";

    /// <summary>Name of the subfolder for requests to the run.</summary>
    internal const string MailboxName = ".control";

    /// <summary>File name extensions of a request and of its answer.</summary>
    internal const string RequestEnding = ".request", AnswerEnding = ".answer";

    private const string LockName = ".lock";

    /// <summary>Name of the file that describes the process that holds the lock. Its content is valid only while the lock is held.</summary>
    internal const string HolderName = ".lock-holder";

    /// <summary>Names of the files that a run writes, with * as a wildcard; all other files in the folder belong to the user.</summary>
    private static readonly string[] OwnFiles =
    [
        CheckpointStore.Pattern, AdapterInfo.FileName, MetricsFile.Name, ConfigName, "loss.png", .. SampleFiles.Patterns, "sample-*.png", StatusName,
        DashboardName, NotesName, .. StepSinks.Files,
    ];

    private const int Attempts = 10;
    private const int MaxHolderBytes = 1000;

    /// <summary>Time for which answers to requests are kept. A waiting process needs much less time to read them.</summary>
    private static readonly TimeSpan AnswersKept = TimeSpan.FromHours(1);

    private static readonly EnumerationOptions TwoLevels = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true };

    private readonly FileStream held;

    /// <summary>Folders that were created for this run, innermost first.</summary>
    private readonly IReadOnlyList<string> created;

    /// <summary>Whether an earlier run has used the folder.</summary>
    private readonly bool wasUsed;

    /// <summary>Files moved aside for a run that has not started yet.</summary>
    internal MovedFiles Moved { get; } = new();

    private ResultsFolder(string path, FileStream held, IReadOnlyList<string> created, bool wasUsed) =>
        (Path, this.held, this.created, this.wasUsed) = (path, held, created, wasUsed);

    public string Path { get; }

    public string MetricsPath => System.IO.Path.Combine(Path, MetricsFile.Name);

    public string ConfigPath => System.IO.Path.Combine(Path, ConfigName);

    /// <summary>Returns whether a folder contains files of a training run.</summary>
    public static bool IsRun(string folder) => File.Exists(System.IO.Path.Combine(folder, StatusName))
        || File.Exists(System.IO.Path.Combine(folder, MetricsFile.Name))
        || Directory.EnumerateFiles(folder, CheckpointStore.Pattern).Any();

    /// <summary>Returns the folders of runs up to two levels below a folder.</summary>
    public static IEnumerable<string> Below(string folder) => Directory.EnumerateDirectories(folder, "*", TwoLevels).Where(IsRun);

    /// <summary>Returns whether a folder was created by <see cref="MoveAside"/>.</summary>
    public static bool IsAside(string folder) => AsideName().IsMatch(System.IO.Path.GetFileName(folder));

    /// <summary>Creates the folder if needed, locks it, and removes unfinished files that remain after a crash.</summary>
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
            // This file marks the files that follow as files of a run (see UserFiles), so it must be on disk before them in case of a power cut.
            DiskFlush.NoteName(holder);
            DiskFlush.FlushNames(TrainingErrors.CannotUseFolder);
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

    /// <summary>Returns a description of this process as the holder of the lock.</summary>
    internal static string HolderSince(DateTime time) => FormattableString.Invariant(
        $"process {Environment.ProcessId} on {Environment.MachineName}, since {time:yyyy-MM-dd HH:mm:ss}");

    /// <summary>Returns whether a run in this or another process uses the folder.</summary>
    public static bool IsInUse(string path) => FileLock.IsTaken(System.IO.Path.Combine(path, LockName));

    /// <summary>Moves files from an earlier run into a subfolder that is named after the current time.</summary>
    /// <param name="which">Files to move; <c>null</c> for all.</param>
    /// <param name="further">Additional names, relative to the folder, to move if all files are moved, with * as a wildcard.</param>
    /// <returns>Path of the subfolder; <c>null</c> if there was nothing to move.</returns>
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
            var isOutside = below.StartsWith("..", StringComparison.Ordinal);
            var moved = System.IO.Path.Combine(target, isOutside ? System.IO.Path.GetFileName(file) : below);
            DiskFlush.CreateFolder(System.IO.Path.GetDirectoryName(moved)!);
            File.Move(file, moved);
            Moved.Add(file, moved);
            DiskFlush.NoteName(file);
            DiskFlush.NoteName(moved);
        }

        // Flush before new files receive the names of the moved files.
        DiskFlush.FlushNames(TrainingErrors.CannotUseFolder);

        return target;
    });

    /// <summary>
    /// Removes the files and folders that a failed start created, so that they are not mistaken for a run. Keeps all files if an earlier run used the folder,
    /// or if this run has completed a step.
    /// </summary>
    public void DiscardFailedStart() => OnFailure.Ignore(() => // the error that ended the start is the one to report
    {
        if (wasUsed || CheckpointStore.IsIn(Path) || new FileInfo(MetricsPath) is { Exists: true, Length: > 0 })
        {
            return;
        }

        foreach (var file in OwnFilesIn(Path).Append(System.IO.Path.Combine(Path, HolderName)).ToList())
        {
            BusyFile.TryDelete(file);
        }

        FileLock.Remove(held);
        foreach (var folder in created)
        {
            Directory.Delete(folder);
        }
    });

    public void Dispose() => held.Dispose();

    /// <summary>Returns the files with the given names in a folder.</summary>
    /// <param name="names">Names relative to the folder, with * as a wildcard.</param>
    private static IEnumerable<string> FilesBelow(string path, IEnumerable<string> names) => names.SelectMany(name =>
        new FileInfo(System.IO.Path.Combine(path, name)) is { Directory.Exists: true } file ? Directory.GetFiles(file.DirectoryName!, file.Name) : []);

    /// <summary>Returns the files in a folder whose names are used by runs.</summary>
    internal static IEnumerable<string> OwnFilesIn(string path) => OwnFiles.SelectMany(own => Directory.GetFiles(path, own));

    /// <summary>Returns the folders in a path that do not exist, innermost first.</summary>
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
                // Another process has just removed the folder together with its run's queue entry.
            }
        }
    }

    private static string? Holder(string folder) =>
        OnFailure.Return(null, () => RegularFile.ReadAllText(System.IO.Path.Combine(folder, HolderName), MaxHolderBytes));

    /// <summary>
    /// Refuses requests to an ended run by writing an empty answer. Answers are kept for a while, because their recipients may not have read them yet.
    /// </summary>
    private static void Sweep(DirectoryInfo mailbox)
    {
        if (!mailbox.Exists)
        {
            return;
        }

        // Do not follow links: their targets do not belong to the run.
        var files = mailbox.LinkTarget is null ? mailbox.GetFiles() : [];
        foreach (var file in files.Where(file => file.Extension != AnswerEnding || file.LastWriteTimeUtc < DateTime.UtcNow - AnswersKept))
        {
            if (file.Extension == RequestEnding)
            {
                // If there already is an answer, the request was carried out.
                OnFailure.Ignore(() => new FileStream(System.IO.Path.ChangeExtension(file.FullName, AnswerEnding), FileMode.CreateNew).Dispose());
            }

            file.Delete();
        }

        try
        {
            mailbox.Delete();
        }
        catch (IOException)
        {
            // The folder is not empty, or has just been written to.
        }
    }

    internal static T Guard<T>(string folder, Func<T> work) =>
        OnFailure.Throw(folder, TrainingErrors.CannotUseFolder, work);
}
