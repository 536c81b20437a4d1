using System.Globalization;
using System.Text;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Runs.Queue;

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

    /// <summary>What a rank goes forward or back where there is no other to go by: ranks are ticks, and this is an hour.</summary>
    private const long RankStep = TimeSpan.TicksPerHour;

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

    /// <summary>The longest that another process may keep a change of the queue waiting, which takes the other a moment.</summary>
    internal TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>All runs, those at work among them, in the order of their turns, but for those that <see cref="Unread"/> tells of.</summary>
    public IReadOnlyList<QueuedRun> Runs() => [.. All().Runs.OrderBy(run => run.Rank).ThenBy(run => run.Id, StringComparer.Ordinal)];

    /// <summary>The entries of the queue that cannot be read, which keep nobody from their turns: which, why, and what to do, a text for each.</summary>
    public IReadOnlyList<string> Unread() => All().Unread;

    /// <summary>The run of a results folder; null: it is not in the queue.</summary>
    public QueuedRun? Find(string resultsPath) => new QueueLook(this).Find(resultsPath);

    /// <summary>The runs that have not got their turn, in its order.</summary>
    public IReadOnlyList<QueuedRun> Waiting() => [.. Runs().Where(run => !IsAtWork(run))];

    /// <summary>Whether a process carries the run out, or is about to.</summary>
    public bool IsAtWork(QueuedRun run) => FileLock.IsTaken(LockOf(run.Id));

    /// <summary>Puts a waiting run at another place.</summary>
    /// <param name="position">1 is the next to begin; what is beyond the end is the end.</param>
    /// <exception cref="TinySoraException">QueueHeld.</exception>
    public void Move(QueuedRun run, int position)
    {
        using var order = HoldOrder();
        var all = Runs();
        if (all.FirstOrDefault(other => other.Id == run.Id) is not QueuedRun there || IsAtWork(there))
        {
            return; // it has got its turn meanwhile
        }

        List<QueuedRun> others = [.. all.Where(other => other.Id != run.Id)];
        var next = others.Where(other => !IsAtWork(other)).ElementAtOrDefault(position - 1);
        var rank = next is null ? RankBehind(others) : RankBefore(next, others);
        if (rank != there.Rank)
        {
            Rename(there, rank);
        }
    }

    /// <summary>Writes a run into the queue, behind all others, or in the place of the one that has its folder.</summary>
    /// <param name="then">What is to be done before anybody can take it out again.</param>
    /// <exception cref="TinySoraException">CannotQueue, QueueHeld.</exception>
    internal QueuedRun Write(QueuedRun run, Action? then = null)
    {
        using var order = Begin();
        ClearAway();
        var all = Runs();
        var place = all.FirstOrDefault(other => other.ResultsPath == run.ResultsPath);
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
    /// A rank between a run and the one before it. Where there is none, that run and those behind it go further back, the last one first: whoever dies
    /// in between leaves each a place of its own, and the order that was.
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
        Moment.Pass();
        try
        {
            BusyFile.Wait(() => File.Move(PathOf(run), PathOf(run with { Rank = rank })));
            DiskFlush.NoteName(PathOf(run));
        }
        catch (FileNotFoundException)
        {
            // It has had its turn and is done.
        }
    }

    /// <summary>Makes the folder, if it is not there, and holds the order of what is in it.</summary>
    /// <exception cref="TinySoraException">CannotQueue, QueueHeld.</exception>
    private FileStream Begin() => OnFailure.Throw(Folder, TrainingErrors.CannotQueue, () =>
    {
        DiskFlush.CreateFolder(Folder, OwnerOnly);
        return HoldOrder();
    });

    /// <summary>Deletes what processes were writing when they died: entries are written by who holds the order.</summary>
    private void ClearAway() => Directory.GetFiles(Folder, "*" + EntryEnding + AtomicFile.PartialSuffix).ToList().ForEach(file => BusyFile.TryDelete(file));

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
    /// <param name="first">What is to be done before it is gone: where the process dies in between, the run is still there.</param>
    /// <exception cref="TinySoraException">CannotQueue, QueueHeld: the claim has ended, and the run is still there.</exception>
    internal void Remove(QueuedRun run, FileStream held, Action? first = null)
    {
        try
        {
            // A move may have renamed it meanwhile, and none does so now.
            using (HoldOrder())
            {
                first?.Invoke();
                Directory.GetFiles(Folder, $"*-{run.Id}{EntryEnding}").ToList().ForEach(file => BusyFile.Wait(() => File.Delete(file)));
                DiskFlush.NoteName(PathOf(run));
            }
        }
        catch (Exception e) when (FileFailure.Is(e))
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

    /// <summary>Ends a claim; the run stays in the queue.</summary>
    internal void Release(string id, FileStream held)
    {
        // While it is held, where the system can: nobody may get a lock on a file that is going away.
        if (OperatingSystem.IsWindows())
        {
            held.Dispose();
        }

        BusyFile.TryDelete(LockOf(id));
        held.Dispose();
    }

    internal string LockOf(string id) => Path.Combine(Folder, id + LockEnding);

    private string PathOf(QueuedRun run) => Path.Combine(Folder, FormattableString.Invariant($"{run.Rank:D19}-{run.Id}{EntryEnding}"));

    /// <summary>
    /// Keeps all others from changing the names of entries, for a moment: so no place is given twice, and no run that has left the queue comes back.
    /// </summary>
    /// <exception cref="TinySoraException">QueueHeld: another process keeps it, as one does that was stopped (SIGSTOP) in its moment.</exception>
    private FileStream HoldOrder()
    {
        var (path, since) = (Path.Combine(Folder, OrderName), Moment.Now);
        while (true)
        {
            if (FileLock.TryTake(path) is FileStream held)
            {
                return held;
            }

            if (Moment.Now - since > LongestWait.TotalMilliseconds)
            {
                throw TrainingErrors.QueueHeld(path, (int)LongestWait.TotalSeconds);
            }
        }
    }

    /// <summary>The runs in the queue, and the texts about what cannot be read there.</summary>
    private (List<QueuedRun> Runs, List<string> Unread) All()
    {
        for (var look = 1; ; look++)
        {
            var (runs, unread, isWhole) = Look();

            // One that is moved before its file is read has another name then, under which the next look finds it.
            if (isWhole || look == MostLooks)
            {
                return (runs, unread);
            }
        }
    }

    /// <summary>The entries whose files are there under the names that they have at first, and whether that is all of them.</summary>
    private (List<QueuedRun> Runs, List<string> Unread, bool IsWhole) Look()
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
                    $"The entry '{id}' of the queue cannot be read and is passed over ('{file}'): {e.Message} "
                    + "The version of TinySora that wrote it may read it; otherwise delete the file and queue its run again.");
            }
        }

        return (runs, unread, isWhole);
    }

    /// <exception cref="FileNotFoundException">It has another name by now, or is gone.</exception>
    /// <exception cref="FormatException">It is no entry; for other reasons other exceptions.</exception>
    private static QueuedRun Read(string path)
    {
        if (Path.GetFileNameWithoutExtension(path).Split('-') is not [var rank, var id]
            || RunJson.Read<QueuedRun?>(BusyFile.ReadText(path)) is not { Request: not null } run)
        {
            throw new FormatException("It is no run.");
        }

        return run with { Rank = long.Parse(rank, CultureInfo.InvariantCulture), Id = id };
    }
}
