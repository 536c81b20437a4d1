using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native;

/// <summary>
/// Gradients of weights that go straight to where an optimizer reads them. Autograd makes a tensor of each and adds it to what is there, so
/// that all of them are cleared, written, read and written once more.
/// </summary>
internal static class DirectGradients
{
    [ThreadStatic]
    private static Pass? s_pass;

    /// <summary>
    /// Runs a backward pass. Where the weight of a fused linear layer or convolution is a view of
    /// <paramref name="values"/>, its gradient is written to the same place in <paramref name="gradients"/>, whatever was there,
    /// and autograd gets none; a second gradient of the same weight is autograd's.
    /// </summary>
    /// <param name="values">(N) float32.</param>
    /// <param name="gradients">(N) float32.</param>
    /// <param name="offsets">Where weights begin.</param>
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

    /// <summary>Where to write the gradient of a weight that is dense in memory, laid out like it.</summary>
    /// <returns>Null where autograd is to have it: elsewhere, and the second time, because it adds.</returns>
    public static Tensor? Place(Tensor weight)
    {
        if (s_pass is not { } pass)
        {
            return null;
        }

        var offset = (TensorView.Address(weight) - pass.Values) / sizeof(float);
        return offset >= 0 && offset + weight.numel() <= pass.Gradients.numel() && pass.Written.Add(offset)
            ? pass.Gradients.as_strided(weight.shape, weight.stride(), offset) : null;
    }

    /// <param name="Values">The address of what weights are views of.</param>
    /// <param name="Gradients">Of the same length; a weight's has its place.</param>
    /// <param name="Written">Where the weights begin whose gradients are there.</param>
    private sealed record Pass(nint Values, Tensor Gradients, HashSet<long> Written);
}
