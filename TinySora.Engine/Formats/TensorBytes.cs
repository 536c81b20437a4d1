using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats;

/// <summary>The bytes of tensors of any length, in pieces that fit a span.</summary>
internal static class TensorBytes
{
    /// <summary>The most bytes at once: a span holds no more than 2 GiB.</summary>
    private const long ChunkLength = 1 << 28;

    public delegate void Sink(ReadOnlySpan<byte> bytes);

    /// <summary>Hands over all bytes row by row, wherever the tensor lies and however its strides are.</summary>
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

    /// <summary>A contiguous tensor in pieces; the caller's dispose scope owns them.</summary>
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
