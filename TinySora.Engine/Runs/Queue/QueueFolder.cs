using System.Globalization;
using System.Text;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Runs.Queue;

/// <summary>
/// The queue of runs on this machine: a folder with one file per run. Files are named by rank, and are written and moved atomically. The process that
/// trains a run holds the run's lock, and a single worker starts the runs. Nothing is lost if a process dies at any point.
/// </summary>
public sealed class QueueFolder
{
    /// <summary>Name of the environment variable that specifies the folder of the queue.</summary>
    public const string FolderVariable = "TINYSORA_QUEUE";

    private const string EntryEnding = ".json";
    private const string LockEnding = ".lock";
    private const string WorkerName = "worker" + LockEnding;
    private const string OrderName = "order" + LockEnding;

    /// <summary>Difference in rank between a run at one end of the queue and a run that is added there: one hour in ticks, the unit of ranks.</summary>
    private const long RankStep = TimeSpan.TicksPerHour;

    /// <summary>Maximum number of attempts to list the entries, far more than concurrent renames can make necessary.</summary>
    private const int MaxLooks = 100;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <param name="folder">Folder of the queue, which may not exist yet.</param>
    public QueueFolder(string folder) => Folder = Path.GetFullPath(folder);

    /// <summary>The current user's queue on this machine.</summary>
    public static QueueFolder Mine => new(Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? named : Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "TinySora", "queue"));

    /// <summary>Folder of the queue, readable only by its owner, because an entry may contain a secret address.</summary>
    public string Folder { get; }

    /// <summary>Whether a process starts the runs of this queue.</summary>
    public bool IsServed => FileLock.IsTaken(Path.Combine(Folder, WorkerName));

    /// <summary>Maximum time to wait while another process changes the queue. A change normally takes only a moment.</summary>
    internal TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Returns all readable runs in queue order, including active ones; see <see cref="Unread"/> for unreadable entries.</summary>
    public IReadOnlyList<QueuedRun> Runs() => [.. All().Runs.OrderBy(run => run.Rank).ThenBy(run => run.Id, StringComparer.Ordinal)];

    /// <summary>Returns a message with the cause and a remedy for each unreadable entry. Unreadable entries do not block the queue.</summary>
    public IReadOnlyList<string> Unread() => All().Unread;

    /// <summary>Returns the run of a results folder; <c>null</c> if it is not in the queue.</summary>
    public QueuedRun? Find(string resultsPath) => new QueueSnapshot(this).Find(resultsPath);

    /// <summary>Returns the runs that have not started, in queue order.</summary>
    public IReadOnlyList<QueuedRun> Waiting() => [.. Runs().Where(run => !IsAtWork(run))];

    /// <summary>Returns whether a process is training the run, or is about to.</summary>
    public bool IsAtWork(QueuedRun run) => FileLock.IsTaken(LockOf(run.Id));

    /// <summary>Moves a waiting run to another position.</summary>
    /// <param name="position">New position, 1 for the next run to start; a position past the end moves the run to the end.</param>
    /// <exception cref="TinySoraException">QueueHeld.</exception>
    public void Move(QueuedRun run, int position)
    {
        using var order = HoldOrder();
        var all = Runs();
        if (all.FirstOrDefault(other => other.Id == run.Id) is not QueuedRun there || IsAtWork(there))
        {
            return; // it has started in the meantime
        }

        List<QueuedRun> others = [.. all.Where(other => other.Id != run.Id)];
        var next = others.Where(other => !IsAtWork(other)).ElementAtOrDefault(position - 1);
        var rank = next is null ? RankBehind(others) : RankBefore(next, others);
        if (rank != there.Rank)
        {
            Rename(there, rank);
        }
    }

    /// <summary>Writes a run to the end of the queue, or in place of the entry with the same folder.</summary>
    /// <param name="then">Called after writing, before another process can change the entry.</param>
    /// <exception cref="TinySoraException">CannotQueue, QueueHeld.</exception>
    internal QueuedRun Write(QueuedRun run, Action? then = null)
    {
        using var order = Begin();
        ClearAway();
        var all = Runs();
        var place = all.FirstOrDefault(other => other.IsIn(run.ResultsPath));
        var entry = run with
        {
            Id = place?.Id ?? $"{Guid.NewGuid():N}",
            Rank = place?.Rank ?? RankBehind(all),
        };
        AtomicFile.WriteStream(PathOf(entry), stream => stream.Write(Encoding.UTF8.GetBytes(RunJson.Write(entry))), TrainingErrors.CannotQueue);
        then?.Invoke();
        return entry;
    }

    private static long RankBehind(IReadOnlyList<QueuedRun> others) =>
        Math.Max(DateTime.UtcNow.Ticks, others.Select(other => other.Rank + 1).DefaultIfEmpty().Max());

    /// <summary>
    /// Returns a rank between a run and the run before it. If no such rank is free, moves the run and all later runs back, starting with the last one. Ranks
    /// remain unique and in order even if the process dies during these moves.
    /// </summary>
    private long RankBefore(QueuedRun next, IReadOnlyList<QueuedRun> others)
    {
        var before = others.Select(other => other.Rank).Where(rank => rank < next.Rank).DefaultIfEmpty(Math.Max(-1, next.Rank - RankStep)).Max();
        if (next.Rank - before > 1)
        {
            return before + ((next.Rank - before) / 2);
        }

        others.Where(other => other.Rank >= next.Rank).Reverse().ToList().ForEach(other => Rename(other, other.Rank + RankStep));
        return next.Rank;
    }

    private void Rename(QueuedRun run, long rank)
    {
        ProcessScheduler.Yield();
        try
        {
            BusyFile.Retry(() => File.Move(PathOf(run), PathOf(run with { Rank = rank })));
            DiskFlush.NoteName(PathOf(run));
        }
        catch (FileNotFoundException)
        {
            // The run has started and finished in the meantime.
        }
    }

    /// <summary>Creates the folder if needed, and locks the order of its entries.</summary>
    /// <exception cref="TinySoraException">CannotQueue, QueueHeld.</exception>
    private FileStream Begin() => OnFailure.Throw(Folder, TrainingErrors.CannotQueue, () =>
    {
        DiskFlush.CreateFolder(Folder, OwnerOnly);
        return HoldOrder();
    });

    /// <summary>Deletes partial files from processes that died. This is safe because only the holder of the order lock writes entries.</summary>
    private void ClearAway() => Directory.GetFiles(Folder, "*" + EntryEnding + AtomicFile.PartialSuffix).ToList().ForEach(file => BusyFile.TryDelete(file));

    /// <summary>Locks a run in order to start it; returns <c>null</c> if another process holds the lock, or the run is no longer in the queue.</summary>
    internal (QueuedRun Run, FileStream Held)? Claim(string id)
    {
        if (!Directory.Exists(Folder) || FileLock.TryTake(LockOf(id)) is not FileStream held)
        {
            return null;
        }

        // Check after locking, because a process that removes a run also holds this lock.
        if (Runs().FirstOrDefault(run => run.Id == id) is QueuedRun run)
        {
            return (run, held);
        }

        FileLock.Remove(held);
        return null;
    }

    /// <summary>Removes a run from the queue and releases its lock.</summary>
    /// <param name="first">Called before the removal; if the process dies during the call, the run remains in the queue.</param>
    /// <exception cref="TinySoraException">CannotQueue, QueueHeld: the lock has been released, but the run is still in the queue.</exception>
    internal void Remove(QueuedRun run, FileStream held, Action? first = null)
    {
        try
        {
            // A move may have renamed the entry. While the order lock is held, no other move is possible.
            using (HoldOrder())
            {
                first?.Invoke();
                Directory.GetFiles(Folder, $"*-{run.Id}{EntryEnding}").ToList().ForEach(file => BusyFile.Retry(() => File.Delete(file)));
                DiskFlush.NoteName(PathOf(run));
            }
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw TrainingErrors.CannotQueue(Folder, e);
        }
        finally
        {
            FileLock.Remove(held);
        }
    }

    /// <summary>Makes this process the worker that starts runs; returns <c>null</c> if another process is the worker.</summary>
    internal FileStream? TryServe() => Directory.Exists(Folder) ? FileLock.TryTake(Path.Combine(Folder, WorkerName)) : null;

    internal string LockOf(string id) => Path.Combine(Folder, id + LockEnding);

    private string PathOf(QueuedRun run) => Path.Combine(Folder, FormattableString.Invariant($"{run.Rank:D19}-{run.Id}{EntryEnding}"));

    /// <summary>Locks the names of the entries against changes by other processes, so that no rank is assigned twice and no removed run reappears.</summary>
    /// <exception cref="TinySoraException">QueueHeld: another process holds the lock, for example because it is suspended (SIGSTOP).</exception>
    private FileStream HoldOrder()
    {
        var (path, since) = (Path.Combine(Folder, OrderName), ProcessScheduler.Now);
        while (true)
        {
            if (FileLock.TryTake(path) is FileStream held)
            {
                return held;
            }

            if (ProcessScheduler.Now - since > LongestWait.TotalMilliseconds)
            {
                throw TrainingErrors.QueueHeld(path, (int)LongestWait.TotalSeconds);
            }
        }
    }

    /// <summary>Returns the runs in the queue, and messages about unreadable entries.</summary>
    private (List<QueuedRun> Runs, List<string> Unread) All()
    {
        for (var look = 1; ; look++)
        {
            var (runs, unread, isWhole) = ReadRuns();

            // An entry that is renamed before it is read will be found in the next attempt.
            if (isWhole || look == MaxLooks)
            {
                return (runs, unread);
            }
        }
    }

    /// <summary>Returns the entries whose files were not renamed between listing and reading, and whether these are all entries.</summary>
    private (List<QueuedRun> Runs, List<string> Unread, bool IsWhole) ReadRuns()
    {
        List<QueuedRun> runs = [];
        List<string> unread = [];
        var isWhole = true;
        foreach (var file in Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*" + EntryEnding) : [])
        {
            try
            {
                runs.Add(Read(file));
            }
            catch (FileNotFoundException)
            {
                isWhole = false;
            }
            catch (Exception e) when (FileFailure.Is(e) || e is JsonException or FormatException or TinySoraException or NotSupportedException)
            {
                var id = Path.GetFileNameWithoutExtension(file).Split('-')[^1];
                unread.Add(
                    $"Queue entry '{id}' cannot be read and is skipped ('{file}'): {e.Message} "
                    + "Use the version of TinySora that wrote it, or delete the file and queue the run again.");
            }
        }

        return (runs, unread, isWhole);
    }

    /// <exception cref="FileNotFoundException">The entry has been renamed or removed.</exception>
    /// <exception cref="FormatException">The file is not a queue entry; other exceptions are possible.</exception>
    private static QueuedRun Read(string path)
    {
        if (Path.GetFileNameWithoutExtension(path).Split('-') is not [var rank, var id]
            || RunJson.Read<QueuedRun?>(BusyFile.ReadText(path)) is not { Request: not null } run)
        {
            throw new FormatException("The file is not a queue entry.");
        }

        return run with { Rank = long.Parse(rank, CultureInfo.InvariantCulture), Id = id };
    }
}
