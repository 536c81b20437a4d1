using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Interop;

/// <summary>
/// Writes a <c>.npy</c> file entry by entry along its first axis, whose length need not be known before. The file has its name
/// once it is complete; until then it is <c>name.partial</c>.
/// </summary>
public sealed class NpyWriter : IDisposable
{
    /// <summary>The bytes kept free for a first axis of any length.</summary>
    private const int HeaderLength = 256;
    private const int MostAxes = 8;

    private readonly string path;
    private readonly ScalarType type;
    private readonly long[] entryShape;
    private readonly FileStream stream;

    private NpyWriter(string path, ScalarType type, long[] entryShape)
    {
        this.path = path;
        this.type = type;
        this.entryShape = entryShape;
        AtomicFile.RemoveLink(Partial);
        stream = new FileStream(Partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        stream.Write(Header());
    }

    /// <summary>How many entries were added: the length of the first axis.</summary>
    public long Count { get; private set; }

    private string Partial => path + AtomicFile.PartialSuffix;

    /// <param name="type">One that NumPy has, so not bfloat16.</param>
    /// <param name="entryShape">The axes after the first, seven at most.</param>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnwritable.</exception>
    public static NpyWriter Create(string path, ScalarType type, params long[] entryShape)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(entryShape.Length, MostAxes);
        NpyWriter? writer = null;
        Try(path, () => writer = new NpyWriter(path, type, entryShape));
        return writer!;
    }

    /// <param name="entries">One or more entries: the shape of one with an axis before it.</param>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnwritable.</exception>
    public void Add(Tensor entries)
    {
        if (entries.dtype != type || entries.shape.Length == 0 || !entries.shape.AsSpan(1).SequenceEqual(entryShape))
        {
            throw new ArgumentException(
                $"{path} takes {type} of (n, {string.Join(", ", entryShape)}), not {entries.dtype} of ({string.Join(", ", entries.shape)}).", nameof(entries));
        }

        Try(path, () => TensorBytes.Write(entries, stream.Write));
        Count += entries.shape[0];
    }

    /// <summary>Writes the length of the first axis and gives the file its name.</summary>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnwritable.</exception>
    public void Complete() => Try(path, () =>
    {
        stream.Position = 0;
        stream.Write(Header());
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        BusyFile.Wait(() => File.Move(Partial, path, overwrite: true));
    });

    /// <summary>Closes the file; removes one that was not completed.</summary>
    public void Dispose()
    {
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
            // What is not on the disk yet found no room there, either.
        }

        BusyFile.TryDelete(Partial);
    }

    private byte[] Header() => NpyHeader.For(type, [Count, .. entryShape]).ToBytes(HeaderLength);

    private static void Try(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw DataErrors.NpyUnwritable(path, e);
        }
    }
}
