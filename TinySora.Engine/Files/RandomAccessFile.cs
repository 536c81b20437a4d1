using Microsoft.Win32.SafeHandles;

namespace TinySora.Engine.Files;

/// <summary>
/// An open file that any thread can read at any position. It is not memory-mapped, because the whole process would end if another program truncated a
/// mapped file or the disk failed to deliver a page. In this class, either event causes an <see cref="IOException"/>.
/// </summary>
internal sealed class RandomAccessFile : IDisposable
{
    private readonly FileStream stream;
    private readonly SafeFileHandle handle;

    private RandomAccessFile(FileStream stream) => (this.stream, handle, Length) = (stream, stream.SafeFileHandle, stream.Length);

    /// <summary>Length of the file in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>All bytes of the file.</summary>
    public FileSlice Bytes => new(this, 0, Length);

    /// <summary>Last write time in UTC; it changes if another program modifies the file.</summary>
    public DateTime Modified => File.GetLastWriteTimeUtc(handle);

    /// <inheritdoc cref="BusyFile.Open"/>
    public static RandomAccessFile Open(string path, bool followsLink = true)
    {
        var stream = BusyFile.Open(path, followsLink);
        return OnFailure.Dispose(stream, () => new RandomAccessFile(stream));
    }

    /// <summary>Fills a buffer with the bytes at an offset.</summary>
    /// <exception cref="IOException">The file has become shorter, or cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var read = RandomAccess.Read(handle, destination, offset);
            if (read == 0)
            {
                throw new EndOfStreamException($"The file was truncated while in use: it has {RandomAccess.GetLength(handle)} bytes, but had {Length}.");
            }

            destination = destination[read..];
            offset += read;
        }
    }

    public void Dispose() => stream.Dispose();
}
