using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Store;

/// <summary>
/// Collects decoded clips from several threads, in memory or in a file that gets its final name when it is complete. An incomplete file is kept for the
/// next run.
/// </summary>
internal sealed class ClipStoreWriter : IDisposable
{
    private readonly string? path;
    private readonly StoreSlot slot;
    private readonly SafeFileHandle? handle;
    private readonly List<byte[]> memory = [];
    private readonly ConcurrentBag<StoredClip> clips = [];
    private readonly object turn = new();
    private long end;

    /// <param name="path">Path of the store; <c>null</c> to use memory.</param>
    /// <param name="begun">The store from <see cref="OpenPartial"/>, which this constructor closes.</param>
    /// <param name="wanted">Names of the clips in that store to keep.</param>
    /// <exception cref="IOException">The file is not writable, or another process is writing to it. All other members also throw this exception.</exception>
    public ClipStoreWriter(string? path, StoreSlot slot, ClipStore? begun, IEnumerable<string> wanted)
    {
        this.path = path;
        this.slot = slot;
        if (path is null)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        handle = File.OpenHandle(GetPartialPath(path), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        try
        {
            Begin(begun, wanted);
        }
        catch
        {
            Discard();
            throw;
        }
    }

    /// <summary>Returns the file of an incomplete store.</summary>
    public static string GetPartialPath(string path) => path + AtomicFile.PartialSuffix;

    /// <summary>Opens the incomplete store that an interrupted run has left; returns <c>null</c> if there is nothing to resume from.</summary>
    /// <exception cref="IOException">A link at this path cannot be removed.</exception>
    public static ClipStore? OpenPartial(string path, StoreSlot slot)
    {
        AtomicFile.RemoveLink(GetPartialPath(path));
        return ClipStore.TryOpen(GetPartialPath(path), slot);
    }

    /// <param name="content">Content hash of the source, see <see cref="StoredClip"/>.</param>
    /// <param name="pixels">One or several consecutive slots.</param>
    public void Add(ClipSource source, byte[] content, ReadOnlySpan<byte> pixels)
    {
        var clip = new StoredClip(
            source.Name, source.Length, source.Modified, content, SHA256.HashData(pixels), pixels.Length / slot.Length);
        lock (turn)
        {
            if (handle is null)
            {
                clips.Add(clip with { Offset = memory.Count });
                memory.Add(pixels.ToArray());
                return;
            }

            Append(clip.ToBytes());
            Append(pixels);
        }
    }

    /// <summary>Completes the store. When this method returns, the file is on disk under its final name.</summary>
    public ClipStore Complete()
    {
        if (handle is null)
        {
            return new ClipStore(slot, clips, memory);
        }

        RandomAccess.FlushToDisk(handle);
        handle.Dispose();
        BusyFile.Retry(() => File.Move(GetPartialPath(path!), path!, overwrite: true));
        DiskFlush.NoteName(path!);
        return ClipStore.TryOpen(path!, slot) ?? throw new IOException($"'{path}' was changed by another program while it was being written.");
    }

    /// <summary>Removes the incomplete file, which would otherwise occupy space on a full disk.</summary>
    public void Discard()
    {
        Dispose();
        if (path is not null)
        {
            BusyFile.TryDelete(GetPartialPath(path));
        }
    }

    public void Dispose() => handle?.Dispose();

    private void Begin(ClipStore? begun, IEnumerable<string> wanted)
    {
        RandomAccess.SetLength(handle!, end = begun?.End ?? 0);
        if (begun is null)
        {
            Append(ClipStore.Header(slot));
            return;
        }

        foreach (var name in begun.Clips.Keys.Except(wanted))
        {
            Append(new StoredClip(name, 0, 0, [], new byte[SHA256.HashSizeInBytes], Slots: 0).ToBytes());
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(handle!, bytes, end);
        end += bytes.Length;
    }
}
