using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native;

/// <summary>
/// Writes weight gradients directly to the memory from which the optimizer reads them. Autograd would instead allocate a tensor for each gradient and add it
/// to the existing one, so every gradient would be cleared, written, read and written again.
/// </summary>
internal static class DirectGradients
{
    [ThreadStatic]
    private static Pass? s_pass;

    /// <summary>
    /// Runs a backward pass. If the weight of a fused linear layer or convolution is a view of <paramref name="values"/>, its gradient is written to the
    /// same position in <paramref name="gradients"/>, overwriting it, and autograd receives none. Autograd handles a second gradient for the same weight.
    /// </summary>
    /// <param name="values">(N) float32.</param>
    /// <param name="gradients">(N) float32.</param>
    /// <param name="offsets">Offsets of the weights in <paramref name="values"/>.</param>
    /// <returns>The offsets whose gradients were written.</returns>
    public static HashSet<long> Write(Tensor values, Tensor gradients, IEnumerable<long> offsets, Action backward)
    {
        s_pass = new Pass(TensorView.Address(values), gradients, []);
        try
        {
            backward();
            return [.. offsets.Where(s_pass.Written.Contains)];
        }
        finally
        {
            s_pass = null;
        }
    }

    /// <summary>Finds the tensor that the gradient of a dense weight should be written to, in the weight's memory layout.</summary>
    /// <returns>The tensor; <c>null</c> if autograd must receive the gradient: for other weights, and for a second gradient, which autograd adds.</returns>
    public static Tensor? FindDestination(Tensor weight)
    {
        if (s_pass is not { } pass)
        {
            return null;
        }

        var offset = (TensorView.Address(weight) - pass.Values) / sizeof(float);
        return offset >= 0 && offset + weight.numel() <= pass.Gradients.numel() && pass.Written.Add(offset)
            ? pass.Gradients.as_strided(weight.shape, weight.stride(), offset) : null;
    }

    /// <param name="Values">Address of the tensor that the weights are views of.</param>
    /// <param name="Gradients">Gradients at the offsets of the weights; has the same length as the values.</param>
    /// <param name="Written">Offsets of weights whose gradients have been written.</param>
    private sealed record Pass(nint Values, Tensor Gradients, HashSet<long> Written);
}
