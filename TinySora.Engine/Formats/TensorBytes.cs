using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats;

/// <summary>Reads and writes the bytes of tensors of any size, in pieces that fit into a span.</summary>
internal static class TensorBytes
{
    /// <summary>Maximum number of bytes per piece; a span holds at most 2 GiB.</summary>
    private const long ChunkLength = 1 << 28;

    public delegate void Sink(ReadOnlySpan<byte> bytes);

    /// <summary>Passes all bytes of a tensor to a sink, in row-major order. The tensor may be on any device and have any strides.</summary>
    public static void Write(Tensor tensor, Sink sink)
    {
        using var scope = NewDisposeScope();
        foreach (var chunk in Chunks(tensor.detach().cpu().contiguous()))
        {
            sink(chunk.bytes);
        }
    }

    /// <summary>Fills a contiguous tensor.</summary>
    public static void Read(Tensor tensor, ByteSource next)
    {
        using var scope = NewDisposeScope();
        foreach (var chunk in Chunks(tensor))
        {
            next(chunk.bytes);
        }
    }

    /// <summary>Splits a contiguous tensor into pieces. The pieces belong to the caller's dispose scope.</summary>
    public static IEnumerable<Tensor> Chunks(Tensor tensor)
    {
        var elements = tensor.view(-1);
        var longest = ChunkLength / tensor.ElementSize;
        for (var first = 0L; first < elements.numel(); first += longest)
        {
            yield return elements.narrow(0, first, Math.Min(longest, elements.numel() - first));
        }
    }
}
