using System.IO.Hashing;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Writing;

/// <summary>
/// Log of what the last run wrote into a folder, in .tinysora/written.log. The first line is the recipe: how the files are made. These lines follow,
/// where an item is a drawn clip, a video or a part:
/// <code>
/// begin ITEM
/// wrote CONTENT NAME          before the file gets its name; a "-" as the content says that the item has no such file
/// done CLIPS VERSION ITEM
/// </code>
/// Rerunning the same command resumes with the items that are not done. It may replace a file only if the log has its content: anything else was
/// changed or made by the user. Logs of earlier versions have no "wrote" lines. A run only appends to the log of its recipe, so a kill at any moment
/// does no harm. All methods may be called on any thread.
/// </summary>
internal sealed class WrittenLog : IDisposable
{
    /// <summary>Items that are recorded as complete at once.</summary>
    private const int EndedAtOnce = 32;

    private readonly string folder;
    private readonly string path;
    private readonly string recipe;
    private readonly object turn = new();

    /// <summary>Bytes of the lines to append to; 0 if there are none.</summary>
    private readonly long kept;

    /// <summary>The digest of what was read; <c>null</c> if everything is made again.</summary>
    private readonly ulong? read;

    /// <summary>Lines about items that are complete, but whose files' names may not be on the disk yet.</summary>
    private readonly List<string> ended = [];

    private readonly object flushing = new();

    /// <summary>Bytes that were written, and how many of them are on the disk.</summary>
    private long length, flushed;

    private FileStream? file;

    /// <param name="recipe">One line that differs when the files would.</param>
    /// <param name="force">Whether to make everything again.</param>
    /// <exception cref="TinySoraException">FolderInUse, FolderUnreadable.</exception>
    public WrittenLog(string folder, string recipe, bool force)
    {
        this.folder = folder;
        path = Path.Combine(folder, ".tinysora", "written.log");
        this.recipe = recipe;
        try
        {
            var bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
            read = force ? null : XxHash64.HashToUInt64(bytes);
            // What follows the last line break was cut off in the middle.
            var length = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
            var lines = Encoding.UTF8.GetString(bytes, 0, length).Split('\n');
            var isSame = lines[0] == recipe && !force;
            kept = isSame ? length : 0;
            foreach (var text in lines.Skip(1))
            {
                State.Add(text, isSame);
            }
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw BusyFile.IsHeld(e) ? DataErrors.FolderInUse(folder, e) : DataErrors.FolderUnreadable(folder, e);
        }
    }

    /// <summary>What the lines say, including those that this run has added.</summary>
    public WrittenState State { get; } = new();

    /// <summary>Records that an item is about to be written; to be called before its first file.</summary>
    /// <exception cref="IOException">The folder is not writable; likewise from <see cref="Write"/> and <see cref="End"/>.</exception>
    /// <exception cref="TinySoraException">FolderInUse.</exception>
    public void Begin(string item) => Add([$"begin {item}"]);

    /// <summary>Records what files are about to be; to be called before the first of them gets its name.</summary>
    /// <param name="contents">By name; <c>null</c> for no file.</param>
    /// <param name="staged">The files, which are forced to the disk together with the log.</param>
    public void Write(IEnumerable<(string Name, string? Content)> contents, IReadOnlyList<string> staged)
    {
        var until = Add([.. contents.Select(file => $"wrote {file.Content ?? WrittenState.NoFile} {file.Name}")]);
        if (file is not null)
        {
            DiskFlush.Begin(file.SafeFileHandle);
        }

        DiskFlush.Contents(staged);
        Flush(until);
    }

    /// <summary>
    /// Records that an item is complete. The log says so once the names of its files are on the disk, which is after some more items, or when this is
    /// disposed: after a power cut a file that is missing would be taken for one that the user deleted.
    /// </summary>
    public void End(string item, int clips, string version)
    {
        var line = $"done {clips} {version} {item}";
        State.Add(line, isSame: true);
        lock (ended)
        {
            ended.Add(line);
            if (ended.Count < EndedAtOnce)
            {
                return;
            }
        }

        WriteEnded();
    }

    /// <summary>Whether another run writes into the folder, or has written there since this one looked.</summary>
    public bool IsOvertaken()
    {
        try
        {
            return file is null && read is not null && read != XxHash64.HashToUInt64(File.Exists(path) ? File.ReadAllBytes(path) : []);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return BusyFile.IsHeld(e);
        }
    }

    /// <summary>Keeps other runs from writing into the folder until this is disposed; <see cref="Begin"/> does so as well.</summary>
    /// <inheritdoc cref="Begin"/>
    public void Claim()
    {
        lock (turn)
        {
            file ??= Open();
        }
    }

    public void Dispose()
    {
        try
        {
            WriteEnded();
            Flush(length);
        }
        catch (Exception e) when (FileFailure.Is(e) || e is TinySoraException)
        {
            // The next run makes these items again.
        }

        file?.Dispose();
    }

    /// <summary>Appends lines in one write.</summary>
    /// <returns>How far the log has to be on the disk for them to be there.</returns>
    private long Add(IReadOnlyList<string> lines)
    {
        Moment.Pass();
        lock (turn)
        {
            if (lines.Count > 0)
            {
                Append(lines);
                foreach (var text in lines)
                {
                    State.Add(text, isSame: true);
                }
            }

            return length;
        }
    }

    private void Append(IReadOnlyList<string> lines)
    {
        Claim();
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(text => text + "\n")));
        file!.Write(bytes);
        length += bytes.Length;
    }

    /// <summary>Writes the lines of items that are complete.</summary>
    private void WriteEnded()
    {
        string[] lines;
        lock (ended)
        {
            lines = [.. ended];
            ended.Clear();
        }

        if (lines.Length > 0)
        {
            DiskFlush.Names(DataErrors.CannotWrite);
            lock (turn)
            {
                Append(lines);
            }
        }
    }

    /// <summary>Forces the log to the disk. One flush does for all threads that wait for one.</summary>
    private void Flush(long until)
    {
        lock (flushing)
        {
            if (flushed < until)
            {
                var all = Interlocked.Read(ref length);
                file!.Flush(flushToDisk: true);
                flushed = all;
            }
        }
    }

    /// <summary>Opens the log without a buffer, so that what is written survives the process.</summary>
    private FileStream Open()
    {
        DiskFlush.CreateFolder(Path.GetDirectoryName(path)!);
        AtomicFile.RemoveLink(path);
        var log = Hold();
        DiskFlush.NoteName(path);
        // One that stayed open would keep the same call from going on in this session.
        return OnFailure.Dispose(log, () =>
        {
            if (read is not null && read != DigestOf(log))
            {
                // Another run came and went since the log was read: what it has done is not to be lost.
                throw DataErrors.FolderInUse(folder);
            }

            log.SetLength(kept);
            log.Position = kept;
            if (kept == 0)
            {
                log.Write(Encoding.UTF8.GetBytes(recipe + "\n"));
            }

            // Before the files that it tells of.
            DiskFlush.Names(DataErrors.CannotWrite);

            return log;
        });
    }

    private FileStream Hold()
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (BusyFile.IsHeld(e))
        {
            throw DataErrors.FolderInUse(folder, e);
        }
    }

    private static ulong DigestOf(FileStream log)
    {
        var digest = new XxHash64();
        digest.Append(log);
        return digest.GetCurrentHashAsUInt64();
    }
}
