using System.IO.Hashing;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Writing;

/// <summary>
/// Log of the files that the last run wrote to a folder, in .tinysora/written.log. The first line is the recipe: how the files are created. It is followed
/// by these lines, where an item is a drawn clip, a video or a part:
/// <code>
/// earlier NAME                the log of another recipe, which this one has replaced, had an item of this name
/// begin ITEM
/// wrote CONTENT NAME          before the file gets its name; "-" as the content means that the item has no such file
/// done CLIPS VERSION ITEM
/// </code>
/// Rerunning the same command resumes with the incomplete items. It may replace a file only if its content is in the log: any other content is the
/// user's. Logs of earlier versions lack "wrote" lines. A run only appends to the log of its recipe, so that it can be killed at any moment.
/// All methods may be called on any thread.
/// </summary>
internal sealed class OutputLog : IDisposable
{
    /// <summary>Number of completed items to record at a time.</summary>
    private const int EndedAtOnce = 32;

    private readonly string folder;
    private readonly string path;
    private readonly string recipe;
    private readonly object turn = new();

    /// <summary>Length in bytes of the existing lines to append to; 0 if there are none.</summary>
    private readonly long kept;

    /// <summary>Digest of the log when it was read; <c>null</c> if everything is rewritten.</summary>
    private readonly ulong? read;

    /// <summary>Lines for completed items whose file names may not be on disk yet.</summary>
    private readonly List<string> ended = [];

    private readonly object flushing = new();

    /// <summary>Number of bytes written, and the number of these bytes that are on disk.</summary>
    private long length, flushed;

    private FileStream? file;

    /// <param name="recipe">One line that changes whenever the files would change.</param>
    /// <param name="force">Whether to rewrite everything.</param>
    /// <exception cref="TinySoraException">FolderInUse, FolderUnreadable.</exception>
    public OutputLog(string folder, string recipe, bool force)
    {
        this.folder = folder;
        path = PathIn(folder);
        this.recipe = recipe;
        try
        {
            var bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
            read = force ? null : XxHash64.HashToUInt64(bytes);
            // Data after the last line break is an incomplete line.
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

    /// <summary>Content of the log, including lines added by this run.</summary>
    public OutputLogState State { get; } = new();

    /// <summary>Returns the path of the log of a folder, which may not exist.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, ".tinysora", "written.log");

    /// <summary>Records that an item is about to be written. Call it before the item's first file.</summary>
    /// <exception cref="IOException">The folder is not writable. <see cref="Write"/> and <see cref="End"/> also throw this exception.</exception>
    /// <exception cref="TinySoraException">FolderInUse.</exception>
    public void Begin(string item) => Add([$"begin {item}"]);

    /// <summary>Records what the files will contain. Must be called before the first file gets its final name.</summary>
    /// <param name="contents">Contents by name; <c>null</c> for no file.</param>
    /// <param name="staged">The files, which are flushed to disk together with the log.</param>
    public void Write(IEnumerable<(string Name, string? Content)> contents, IReadOnlyList<string> staged)
    {
        var until = Add([.. contents.Select(file => $"wrote {file.Content ?? OutputLogState.NoFile} {file.Name}")]);
        if (file is not null)
        {
            DiskFlush.StartWriteback(file.SafeFileHandle);
        }

        DiskFlush.FlushFiles(staged);
        Flush(until);
    }

    /// <summary>
    /// Records that an item is complete. The line is written only when the names of the item's files are on disk, which is after several more items or on
    /// disposal. Otherwise, a file that is missing after a power cut would count as deleted by the user.
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

    /// <summary>Returns whether another run is writing to the folder, or has written to it since this run read the log.</summary>
    public bool IsSuperseded()
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

    /// <summary>Keeps other runs from writing to the folder until this object is disposed. <see cref="Begin"/> does the same.</summary>
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
            // Ignore the failure: the next run recreates these items.
        }

        file?.Dispose();
    }

    /// <summary>Appends lines in a single write.</summary>
    /// <returns>The length up to which the log must be flushed for these lines.</returns>
    private long Add(IReadOnlyList<string> lines)
    {
        ProcessScheduler.Yield();
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

    /// <summary>Writes the lines of completed items.</summary>
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
            DiskFlush.FlushNames(DataErrors.CannotWrite);
            lock (turn)
            {
                Append(lines);
            }
        }
    }

    /// <summary>Flushes the log to disk. One flush serves all waiting threads.</summary>
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

    /// <summary>Opens the log without a buffer, so that written lines survive a killed process.</summary>
    private FileStream Open()
    {
        DiskFlush.CreateFolder(Path.GetDirectoryName(path)!);
        AtomicFile.RemoveLink(path);
        var log = Hold();
        DiskFlush.NoteName(path);
        // If the log stayed open, the same command could not resume in this session.
        return OnFailure.Dispose(log, () =>
        {
            if (read is not null && read != DigestOf(log))
            {
                // Another run has written since the log was read; its work must not be lost.
                throw DataErrors.FolderInUse(folder);
            }

            log.SetLength(kept);
            log.Position = kept;
            if (kept == 0)
            {
                log.Write(Encoding.UTF8.GetBytes(string.Concat(State.Items.Select(item => $"earlier {item}\n").Prepend(recipe + "\n"))));
            }

            // The name of the log must be on disk before the files that the log refers to.
            DiskFlush.FlushNames(DataErrors.CannotWrite);

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
