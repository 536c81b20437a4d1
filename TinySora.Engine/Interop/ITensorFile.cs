using System.Buffers.Binary;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop.PyTorch;

namespace TinySora.Engine.Interop;

/// <summary>A file of named tensors, checked when it is opened and read later. Nothing in it is executed.</summary>
public interface ITensorFile : IDisposable
{
    string Path { get; }

    /// <summary>What the file says besides its tensors, as text by name.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    IReadOnlyDictionary<string, StoredTensor> Tensors { get; }
}

/// <summary>Opens files of weights of any format.</summary>
public static class TensorFile
{
    /// <summary>The format is told by the content: files of weights bear many extensions.</summary>
    /// <exception cref="TinySoraException">The errors of <see cref="SafetensorsFile.Open"/> and <see cref="PyTorchFile.Open"/>.</exception>
    public static ITensorFile Open(string path) =>
        HasSafetensorsHeader(path) || path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
            ? SafetensorsFile.Open(path)
            : PyTorchFile.Open(path);

    private static bool HasSafetensorsHeader(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            Span<byte> start = stackalloc byte[sizeof(long) + 1];
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
                && start[^1] == '{' && BinaryPrimitives.ReadInt64LittleEndian(start) <= stream.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointErrors.CannotRead(path, e);
        }
    }
}
