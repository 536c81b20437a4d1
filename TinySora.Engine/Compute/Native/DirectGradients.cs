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

    /// <summary>The backward pass that will follow on this thread; <c>null</c> if none was announced.</summary>
    [field: ThreadStatic]
    public static ExpectedGradients? Expected { get; private set; }

    /// <summary>Announces a backward pass by <see cref="Write"/> with these tensors, until the result is disposed.</summary>
    public static IDisposable Expect(Tensor values, Tensor gradients) => new Announcement(new ExpectedGradients(values, gradients));

    /// <summary>Marks weights as written by the caller in the announced backward pass.</summary>
    /// <param name="offsets">Offsets of the weights in the values.</param>
    /// <returns>Whether this is the announced pass and no gradient of these weights has been written in it.</returns>
    public static bool Claim(ExpectedGradients expected, IReadOnlyCollection<long> offsets)
    {
        if (s_pass is not { } pass || pass.Values != TensorView.Address(expected.Values) || pass.Written.Overlaps(offsets))
        {
            return false;
        }

        pass.Written.UnionWith(offsets);
        return true;
    }

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

    private sealed class Announcement : IDisposable
    {
        private readonly ExpectedGradients? outer = Expected;

        public Announcement(ExpectedGradients expected) => Expected = expected;

        public void Dispose() => Expected = outer;
    }

    /// <param name="Values">Address of the tensor that the weights are views of.</param>
    /// <param name="Gradients">Gradients at the offsets of the weights; has the same length as the values.</param>
    /// <param name="Written">Offsets of weights whose gradients have been written.</param>
    private sealed record Pass(nint Values, Tensor Gradients, HashSet<long> Written);
}

/// <summary>Tensors of an announced backward pass. Each announcement is a different object.</summary>
/// <param name="values">(N) float32, contains the weights.</param>
/// <param name="gradients">(N) float32, receives the gradients at the offsets of the weights.</param>
internal sealed class ExpectedGradients(Tensor values, Tensor gradients)
{
    public Tensor Values => values;
    public Tensor Gradients => gradients;
}
