using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>
/// Matrix products computed with mm and bmm. LibTorchSharp's matmul does not catch C++ exceptions, so a product that does not fit into memory would end the
/// process instead of throwing an exception.
/// </summary>
internal static class MatrixProduct
{
    /// <summary>Returns the same product as torch.matmul, computed with the same underlying functions.</summary>
    /// <param name="a">(..., n, k), with at least two dimensions; leading dimensions are broadcast.</param>
    /// <param name="b">(..., k, m), with at least two dimensions.</param>
    /// <returns>(..., n, m).</returns>
    public static Tensor Times(this Tensor a, Tensor b)
    {
        if (b.dim() == 2)
        {
            return a.dim() == 2 ? a.mm(b) : a.flatten(0, -2).mm(b).view([.. a.shape[..^1], b.shape[^1]]);
        }

        if (a.dim() == 2 && a.requires_grad)
        {
            return b.mT.Times(a.t()).mT;
        }

        var leading = Broadcast(a.shape[..^2], b.shape[..^2]);
        var batch = leading.Aggregate(1L, (product, size) => product * size); // -1 would be ambiguous for empty tensors
        return Batch(a).bmm(Batch(b)).view([.. leading, a.shape[^2], b.shape[^1]]);

        Tensor Batch(Tensor x) => x.expand([.. leading, x.shape[^2], x.shape[^1]]).reshape(batch, x.shape[^2], x.shape[^1]);
    }

    /// <summary>Returns the broadcast shape of two tensors.</summary>
    /// <exception cref="InvalidOperationException">The shapes are incompatible.</exception>
    internal static long[] Broadcast(long[] a, long[] b)
    {
        var length = Math.Max(a.Length, b.Length);
        long[] first = [.. Enumerable.Repeat(1L, length - a.Length), .. a];
        long[] second = [.. Enumerable.Repeat(1L, length - b.Length), .. b];
        return [.. first.Zip(second, (x, y) => x == 1 ? y : y == 1 ? x : Same(x, y))];
    }

    internal static long Same(long a, long b) => a == b ? a : throw new InvalidOperationException($"Lengths {a} and {b} are incompatible.");
}
