using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using TinySora.Engine.Interop;

namespace TinySora.Engine.Data;

/// <summary>
/// Collects decoded clips from many threads, in a file that gets its name when it is complete, or in memory. Writing goes
/// through the file, not through mapped memory, where a full disk ends the process.
/// </summary>
internal sealed class ClipStoreWriter : IDisposable
{
    private readonly string? path;
    private readonly ClipShape shape;
    private readonly SafeFileHandle? handle;
    private readonly ConcurrentDictionary<int, byte[]> memory = [];
    private readonly ConcurrentBag<StoredClip> clips = [];
    private int nextSlot;

    /// <param name="path">null: in memory.</param>
    /// <exception cref="IOException">Not writable, or another process is writing it; likewise from every other member.</exception>
    public ClipStoreWriter(string? path, ClipShape shape)
    {
        this.path = path;
        this.shape = shape;
        if (path is null)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        handle = File.OpenHandle(path + AtomicFile.PartialSuffix, FileMode.Create, FileAccess.Write, FileShare.None);
    }

    /// <param name="pixels">One shape, or several in a row.</param>
    public void Add(ClipSource source, ReadOnlySpan<byte> pixels)
    {
        var slots = pixels.Length / shape.Length;
        var slot = Interlocked.Add(ref nextSlot, slots) - slots;
        if (handle is null)
        {
            memory[slot] = pixels.ToArray();
        }
        else
        {
            RandomAccess.Write(handle, pixels, ClipStore.HeaderLength + ((long)slot * shape.Length));
        }

        clips.Add(new StoredClip(source.Name, source.Length, source.Modified, SHA256.HashData(pixels), slot, slots));
    }

    /// <summary>The finished store. The file is on the disk and has its name when this returns.</summary>
    public ClipStore Complete()
    {
        if (handle is null)
        {
            return new ClipStore(shape, clips, memory);
        }

        var index = Index();
        var offset = ClipStore.HeaderLength + ((long)nextSlot * shape.Length);
        RandomAccess.Write(handle, index, offset);
        RandomAccess.Write(handle, Header(index, offset), 0);
        RandomAccess.FlushToDisk(handle);
        handle.Dispose();
        File.Move(path + AtomicFile.PartialSuffix, path!, overwrite: true);
        return ClipStore.TryOpen(path!, shape) ?? throw new IOException($"{path} changed while it was written.");
    }

    /// <summary>Closes the file and removes it unless it was completed.</summary>
    public void Dispose()
    {
        if (handle is { IsClosed: false })
        {
            handle.Dispose();
            File.Delete(path + AtomicFile.PartialSuffix);
        }
    }

    private byte[] Header(byte[] index, long offset)
    {
        var header = new byte[ClipStore.HeaderLength];
        using var writer = new BinaryWriter(new MemoryStream(header));
        writer.Write(ClipStore.Magic);
        writer.Write(ClipStore.Version);
        writer.Write(shape.Channels);
        writer.Write(shape.Frames);
        writer.Write(shape.Size);
        writer.Write(shape.Width);
        writer.Write(offset);
        writer.Write(SHA256.HashData(index));
        return header;
    }

    private byte[] Index()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(clips.Count);
        foreach (var clip in clips.OrderBy(c => c.Slot))
        {
            writer.Write(clip.Name);
            writer.Write(clip.Length);
            writer.Write(clip.Modified);
            writer.Write(clip.Hash);
            writer.Write(clip.Slot);
            writer.Write(clip.Slots);
        }

        writer.Flush();
        return stream.ToArray();
    }
}
