using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Store;

/// <summary>
/// Collects decoded clips from many threads, in a file that gets its name when it is complete, or in memory. One that was not
/// completed stays for the next time.
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

    /// <param name="path">null: in memory.</param>
    /// <param name="begun">See <see cref="Begun"/>; closed.</param>
    /// <param name="wanted">Names of the clips of it that shall stay.</param>
    /// <exception cref="IOException">Not writable, or another process is writing it; likewise from every other member.</exception>
    public ClipStoreWriter(string? path, StoreSlot slot, ClipStore? begun, IEnumerable<string> wanted)
    {
        this.path = path;
        this.slot = slot;
        if (path is null)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        handle = File.OpenHandle(Partial(path), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
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

    /// <summary>The file of a store that is not complete yet.</summary>
    public static string Partial(string path) => path + AtomicFile.PartialSuffix;

    /// <summary>What an interrupted run has left of a store; null: nothing that the next one can go on with.</summary>
    /// <exception cref="IOException">A link stands there that cannot be removed.</exception>
    public static ClipStore? Begun(string path, StoreSlot slot)
    {
        AtomicFile.RemoveLink(Partial(path));
        return ClipStore.TryOpen(Partial(path), slot);
    }

    /// <param name="content">Of the source, see <see cref="StoredClip"/>.</param>
    /// <param name="pixels">One slot, or several in a row.</param>
    public void Add(ClipSource source, byte[] content, ReadOnlySpan<byte> pixels)
    {
        var clip = new StoredClip(
            source.Name, source.Length, source.Modified, content, SHA256.HashData(pixels), pixels.Length / slot.Length);
        lock (turn)
        {
            if (handle is null)
            {
                clips.Add(clip with { Place = memory.Count });
                memory.Add(pixels.ToArray());
                return;
            }

            Append(clip.ToBytes());
            Append(pixels);
        }
    }

    /// <summary>The finished store. The file is on the disk and has its name when this returns.</summary>
    public ClipStore Complete()
    {
        if (handle is null)
        {
            return new ClipStore(slot, clips, memory);
        }

        RandomAccess.FlushToDisk(handle);
        handle.Dispose();
        BusyFile.Wait(() => File.Move(Partial(path!), path!, overwrite: true));
        DiskFlush.NoteName(path!);
        return ClipStore.TryOpen(path!, slot) ?? throw new IOException($"{path} changed while it was written.");
    }

    /// <summary>Removes the file, which would only take the room on the disk that was missing.</summary>
    public void Discard()
    {
        Dispose();
        if (path is not null)
        {
            BusyFile.TryDelete(Partial(path));
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
