using System.Globalization;
using System.Text;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;

namespace TinySora.Engine.Runs;

/// <summary>
/// Runs that wait for their turn on this machine: a folder with a file for each, named after its rank, which appears, moves and goes whole.
/// Whoever carries one out holds its lock, and one worker at a time starts them. So a process that dies anywhere loses nothing.
/// </summary>
public sealed class QueueFolder
{
    /// <summary>The environment variable with the folder of the queue.</summary>
    public const string FolderVariable = "TINYSORA_QUEUE";

    private const string EntryEnding = ".json";
    private const string LockEnding = ".lock";
    private const string WorkerName = "worker" + LockEnding;
    private const string OrderName = "order" + LockEnding;

    /// <summary>Many times as often as files can change their names while they are read.</summary>
    private const int MostLooks = 100;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <param name="folder">It need not exist.</param>
    public QueueFolder(string folder) => Folder = Path.GetFullPath(folder);

    /// <summary>The queue of this user on this machine.</summary>
    public static QueueFolder Mine => new(Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? named : Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "TinySora", "queue"));

    /// <summary>The folder of the queue, which only its owner may read: an entry may hold an address that is a secret.</summary>
    public string Folder { get; }

    /// <summary>Whether a process starts the runs of this queue.</summary>
    public bool IsServed => FileLock.IsTaken(Path.Combine(Folder, WorkerName));

    /// <summary>All runs, those at work among them, in the order of their turns. What another version wrote and this one cannot read is left out.</summary>
    public IReadOnlyList<QueuedRun> Runs()
    {
        for (var look = 1; ; look++)
        {
            var (runs, isWhole) = Look();

            // One that is moved before its file is read has another name then, under which the next look finds it.
            if (isWhole || look == MostLooks)
            {
                return [.. runs.OrderBy(run => run.Rank).ThenBy(run => run.Id, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>The run of a results folder; null: it is not in the queue.</summary>
    public QueuedRun? Find(string resultsPath) => new QueueLook(this).Find(resultsPath);

    /// <summary>The runs that have not got their turn, in its order.</summary>
    public IReadOnlyList<QueuedRun> Waiting() => [.. Runs().Where(run => !IsAtWork(run))];

    /// <summary>Whether a process carries the run out, or is about to.</summary>
    public bool IsAtWork(QueuedRun run) => FileLock.IsTaken(LockOf(run.Id));

    /// <summary>Puts a waiting run at another place.</summary>
    /// <param name="position">1 is the next to begin; what is beyond the end is the end.</param>
    public void Move(QueuedRun run, int position)
    {
        using var order = HoldOrder();
        var before = Waiting();
        if (before.FirstOrDefault(other => other.Id == run.Id) is not QueuedRun there)
        {
            return; // it has got its turn meanwhile
        }

        List<QueuedRun> after = [.. before.Where(other => other.Id != run.Id)];
        after.Insert(Math.Min(position - 1, after.Count), there);

        // The ranks stay what they were, and go to others: a crash in between leaves another order, and no run out.
        foreach (var (moved, rank) in after.Zip(before.Select(other => other.Rank)).Where(pair => pair.First.Rank != pair.Second))
        {
            Moment.Pass();
            try
            {
                File.Move(PathOf(moved), PathOf(moved with { Rank = rank }));
            }
            catch (FileNotFoundException)
            {
                // It has had its turn and is done.
            }
        }
    }

    /// <summary>Writes a run into the queue, behind all others, or in the place of the one that has its folder.</summary>
    /// <exception cref="TinySoraException">CannotWrite.</exception>
    internal QueuedRun Write(QueuedRun run)
    {
        using var order = Begin();
        var all = Runs();
        var place = all.FirstOrDefault(other => other.ResultsPath == run.ResultsPath);
        var entry = run with
        {
            Id = place?.Id ?? $"{Guid.NewGuid():N}",
            Rank = place?.Rank ?? Math.Max(DateTime.UtcNow.Ticks, all.Select(other => other.Rank + 1).DefaultIfEmpty().Max()),
        };
        AtomicFile.WriteDurably(PathOf(entry), stream => stream.Write(Encoding.UTF8.GetBytes(RunJson.Write(entry))), TrainingErrors.CannotQueue);
        return entry;
    }

    /// <summary>Makes the folder, if it is not there, and holds the order of what is in it.</summary>
    /// <exception cref="TinySoraException">CannotWrite.</exception>
    private FileStream Begin()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(Folder);
            }
            else
            {
                Directory.CreateDirectory(Folder, OwnerOnly);
            }

            return HoldOrder();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TrainingErrors.CannotQueue(Folder, e);
        }
    }

    /// <summary>Takes the lock of a run, with which it is at work; null: another process has it, or the run is not in the queue any more.</summary>
    internal (QueuedRun Run, FileStream Held)? Claim(string id)
    {
        if (!Directory.Exists(Folder) || FileLock.TryTake(LockOf(id)) is not FileStream held)
        {
            return null;
        }

        // After the lock: whoever takes a run out holds it, too.
        if (Runs().FirstOrDefault(run => run.Id == id) is QueuedRun run)
        {
            return (run, held);
        }

        Release(id, held);
        return null;
    }

    /// <summary>Ends a claim, and with it the run's time in the queue.</summary>
    /// <exception cref="TinySoraException">CannotQueue: the claim has ended, and the run is still there.</exception>
    internal void Remove(QueuedRun run, FileStream held)
    {
        try
        {
            // A move may have renamed it meanwhile, and none does so now.
            using (HoldOrder())
            {
                Directory.GetFiles(Folder, $"*-{run.Id}{EntryEnding}").ToList().ForEach(File.Delete);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TrainingErrors.CannotQueue(Folder, e);
        }
        finally
        {
            Release(run.Id, held);
        }
    }

    /// <summary>Makes this process the one that starts runs; null: another is.</summary>
    internal FileStream? TryServe() => Directory.Exists(Folder) ? FileLock.TryTake(Path.Combine(Folder, WorkerName)) : null;

    private void Release(string id, FileStream held)
    {
        // While it is held, where the system can: nobody may get a lock on a file that is going away.
        if (OperatingSystem.IsWindows())
        {
            held.Dispose();
        }

        BusyFile.TryDelete(LockOf(id));
        held.Dispose();
    }

    private string LockOf(string id) => Path.Combine(Folder, id + LockEnding);

    private string PathOf(QueuedRun run) => Path.Combine(Folder, FormattableString.Invariant($"{run.Rank:D19}-{run.Id}{EntryEnding}"));

    /// <summary>
    /// Keeps all others from changing the names of entries, for a moment: so no place is given twice, and no run that has left the queue comes back.
    /// </summary>
    private FileStream HoldOrder()
    {
        FileStream? held;
        do
        {
            held = FileLock.TryTake(Path.Combine(Folder, OrderName));
        }
        while (held is null);
        return held;
    }

    /// <summary>The runs whose files are there under the names that they have at first, and whether that is all of them.</summary>
    private (List<QueuedRun> Runs, bool IsWhole) Look()
    {
        List<QueuedRun> runs = [];
        var isWhole = true;
        foreach (var file in Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*" + EntryEnding) : [])
        {
            try
            {
                runs.AddRange(new[] { Read(file) }.OfType<QueuedRun>());
            }
            catch (FileNotFoundException)
            {
                isWhole = false;
            }
        }

        return (runs, isWhole);
    }

    /// <exception cref="FileNotFoundException">It has another name by now, or is gone.</exception>
    private static QueuedRun? Read(string path)
    {
        try
        {
            var name = Path.GetFileNameWithoutExtension(path).Split('-');
            return RunJson.Read<QueuedRun>(BusyFile.ReadText(path)) with { Rank = long.Parse(name[0], CultureInfo.InvariantCulture), Id = name[1] };
        }
        catch (Exception e) when (e is not FileNotFoundException && e is IOException or UnauthorizedAccessException or JsonException or FormatException
            or IndexOutOfRangeException or TinySoraException or NotSupportedException)
        {
            return null;
        }
    }
}
