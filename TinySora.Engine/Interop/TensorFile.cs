using System.Buffers.Binary;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop.PyTorch;

namespace TinySora.Engine.Interop;

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
