using System.IO.MemoryMappedFiles;

namespace TinySora.Engine.Interop;

/// <summary>A whole file mapped into memory, to be read from any thread.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly MappedBytes bytes;

    private MappedFile(FileStream stream)
    {
        var length = stream.Length;
        map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        bytes = new MappedBytes(start + view.PointerOffset, length);
    }

    /// <summary>The bytes of the file, which are not there any more once it is closed.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public MappedBytes Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(view.SafeMemoryMappedViewHandle.IsClosed, this);
            return bytes;
        }
    }

    /// <param name="stream">A file that is not empty. It belongs to the map, and is closed where it cannot be mapped.</param>
    /// <exception cref="ArgumentException">The file is empty.</exception>
    public static MappedFile Of(FileStream stream) => OnFailure.Dispose(stream, () => new MappedFile(stream));

    public void Dispose()
    {
        if (!view.SafeMemoryMappedViewHandle.IsClosed)
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            map.Dispose();
        }
    }
}
