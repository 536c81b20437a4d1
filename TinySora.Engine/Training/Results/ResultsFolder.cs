using System.Globalization;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;

namespace TinySora.Engine.Training;

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

    /// <summary>The folder of orders to the run.</summary>
    internal const string MailboxName = ".control";

    private const string LockName = ".lock";
    private const int LockAttempts = 5;
    private const int LockPauseMilliseconds = 20;

    /// <summary>Clips that a run draws: at its cadence, and when it is asked to.</summary>
    internal static readonly string[] SamplePatterns = ["sample-*.gif", "preview-*.gif"];

    /// <summary>Who has the lock, in words; true only while somebody has.</summary>
    private const string HolderName = ".lock-holder";

    /// <summary>What a run writes; anything else in the folder is the user's.</summary>
    private static readonly string[] OwnFiles =
    [
        "step-*" + CheckpointStore.Extension, MetricsFile.Name, ConfigName, "loss.png", .. SamplePatterns, StatusName, DashboardName,
        "events.out.tfevents.*",
    ];

    private readonly FileStream held;

    private ResultsFolder(string path, FileStream held)
    {
        Path = path;
        this.held = held;
    }

    public string Path { get; }

    public string MetricsPath => System.IO.Path.Combine(Path, MetricsFile.Name);

    public string ConfigPath => System.IO.Path.Combine(Path, ConfigName);

    /// <summary>Whether a folder holds what a training run writes.</summary>
    public static bool IsRun(string folder) => File.Exists(System.IO.Path.Combine(folder, StatusName))
        || File.Exists(System.IO.Path.Combine(folder, MetricsFile.Name))
        || Directory.EnumerateFiles(folder, "step-*" + CheckpointStore.Extension).Any();

    /// <summary>Whether a folder holds what <see cref="MoveAside"/> has moved there.</summary>
    public static bool IsAside(string folder) => AsideName().IsMatch(System.IO.Path.GetFileName(folder));

    /// <summary>Creates the folder if absent, locks it and clears away files that a crash left unfinished.</summary>
    /// <exception cref="TinySoraException">CannotUseFolder, FolderInUse.</exception>
    public static ResultsFolder Open(string path) => Guard(path, () =>
    {
        Directory.CreateDirectory(path);
        var held = Lock(path);
        try
        {
            File.WriteAllText(System.IO.Path.Combine(path, HolderName), FormattableString.Invariant(
                $"process {Environment.ProcessId} on {Environment.MachineName}, since {DateTime.Now:yyyy-MM-dd HH:mm:ss}"));
            foreach (var partial in OwnFiles.SelectMany(own => Directory.GetFiles(path, own + AtomicFile.PartialSuffix)))
            {
                File.Delete(partial);
            }

            // Orders that nobody is left to hear, and answers that nobody waited for.
            var mailbox = System.IO.Path.Combine(path, MailboxName);
            if (Directory.Exists(mailbox))
            {
                Directory.Delete(mailbox, recursive: true);
            }
        }
        catch
        {
            held.Dispose();
            throw;
        }

        return new ResultsFolder(path, held);
    });

    /// <summary>Whether a run of this or another process has the folder.</summary>
    public static bool IsInUse(string path)
    {
        try
        {
            // A shared lock: it fails where a run holds its own, and any number of lookers go together.
            new FileStream(System.IO.Path.Combine(path, LockName), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete).Dispose();
            return false;
        }
        catch (IOException e)
        {
            return IsSharingViolation(e);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Moves files of an earlier run into a subfolder named after the time.</summary>
    /// <param name="which">Null: all.</param>
    /// <returns>The subfolder; null when there was nothing to move.</returns>
    /// <exception cref="TinySoraException">CannotUseFolder.</exception>
    public string? MoveAside(IEnumerable<string>? which = null) => Guard(Path, () =>
    {
        var files = (which ?? OwnFiles.SelectMany(own => Directory.GetFiles(Path, own))).ToList();
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

        Directory.CreateDirectory(target);
        foreach (var file in files)
        {
            File.Move(file, System.IO.Path.Combine(target, System.IO.Path.GetFileName(file)));
        }

        return target;
    });

    public void Dispose() => held.Dispose();

    [GeneratedRegex(@"^old-\d{8}-\d{6}")]
    private static partial Regex AsideName();

    private static FileStream Lock(string folder)
    {
        var path = System.IO.Path.Combine(folder, LockName);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsSharingViolation(e))
            {
                // It may be somebody who only looks: they are gone in a moment.
                if (attempt == LockAttempts)
                {
                    throw TrainingErrors.FolderInUse(folder, Holder(folder), e);
                }

                Thread.Sleep(LockPauseMilliseconds);
            }
        }
    }

    private static string? Holder(string folder)
    {
        try
        {
            return File.ReadAllText(System.IO.Path.Combine(folder, HolderName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a file could not be opened because another process holds it: EAGAIN, which is 11 on Linux and 35 on macOS.</summary>
    private static bool IsSharingViolation(IOException e) =>
        e.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);

    private static T Guard<T>(string folder, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TrainingErrors.CannotUseFolder(folder, e);
        }
    }
}
