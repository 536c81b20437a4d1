using System.IO.Hashing;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;

namespace TinySora.Engine.Data.Writing;

/// <summary>
/// What the last run wrote into a dataset folder, in .tinysora/written.log. The first line says how the clips are made;
/// "begin ITEM" and "done CLIPS VERSION ITEM" follow, an item being a drawn clip or a video. The same run, started again
/// after whatever ended it, goes on with what is not done, and may write over what it had begun. Lines are only ever added
/// to those of the same recipe, so that no moment is a bad one for a kill. Items may be begun and ended on any thread.
/// </summary>
internal sealed class WrittenLog : IDisposable
{
    private readonly string folder;
    private readonly string path;
    private readonly string recipe;
    private readonly HashSet<string> begun = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Clips, string Version)> done = new(StringComparer.Ordinal);
    private readonly object turn = new();

    /// <summary>Bytes of the lines to go on after; 0: there are none.</summary>
    private readonly long kept;

    /// <summary>The digest of what was read; null: nothing was, for all is made anew.</summary>
    private readonly ulong? read;

    private FileStream? file;

    /// <param name="recipe">One line that differs when the clips would.</param>
    /// <param name="force">Forgets what was written.</param>
    /// <exception cref="TinySoraException">FolderInUse, FolderUnreadable.</exception>
    public WrittenLog(string folder, string recipe, bool force)
    {
        this.folder = folder;
        path = Path.Combine(folder, ".tinysora", "written.log");
        this.recipe = recipe;
        try
        {
            var bytes = force || !File.Exists(path) ? [] : File.ReadAllBytes(path);
            read = force ? null : XxHash64.HashToUInt64(bytes);
            // What follows the last line break was cut off in the middle.
            var length = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
            var lines = Encoding.UTF8.GetString(bytes, 0, length).Split('\n');
            if (lines[0] == recipe)
            {
                kept = length;
                Array.ForEach(lines[1..], Note);
            }
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw BusyFile.IsHeld(e) ? DataErrors.FolderInUse(folder, e) : DataErrors.FolderUnreadable(folder, e);
        }
    }

    /// <summary>How many clips an item gave, and of which version it was; 0 if it is not done.</summary>
    public (int Clips, string Version) Done(string item) => done.GetValueOrDefault(item);

    /// <summary>Whether the run had begun this item before it was interrupted.</summary>
    public bool HasBegun(string item) => begun.Contains(item);

    /// <summary>Whether the run had begun an item of this name, whatever its source was.</summary>
    public bool HasBegunNamed(string name) => begun.Any(item => item.StartsWith(name + ' ', StringComparison.Ordinal));

    /// <summary>Records that an item is about to be written; to be called before its first file.</summary>
    /// <exception cref="IOException">The folder is not writable; likewise from <see cref="End"/>.</exception>
    /// <exception cref="TinySoraException">FolderInUse.</exception>
    public void Begin(string item) => Add($"begin {item}");

    public void End(string item, int clips, string version) => Add($"done {clips} {version} {item}");

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

    public void Dispose() => file?.Dispose();

    private void Add(string line)
    {
        lock (turn)
        {
            file ??= Open();
            file.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
    }

    /// <summary>Opens the log without a buffer, so that what is written survives the process.</summary>
    private FileStream Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.RemoveLink(path);
        var log = Hold();
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

    private void Note(string line)
    {
        if (line.Split(' ', 2) is ["begin", var item])
        {
            begun.Add(item);
        }
        else if (line.Split(' ', 4) is ["done", var clips, var version, var finished] && int.TryParse(clips, out var count))
        {
            done[finished] = (count, version);
        }
    }
}
