using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families;

/// <summary>Weights and clips from formulas that a PyTorch script can repeat, and checksums that compare the results of two programs.</summary>
internal static class Formulas
{
    /// <summary>Fills codes with 0.3 sin(1.7 i + c), other matrices with sin(1.7 i + c) / √fan-in, biases and norms 0 or 1 + 0.1 sin(1.7 i + c).</summary>
    public static void Fill(nn.Module model)
    {
        using var nothing = no_grad();
        var buffers = model.named_buffers().Where(item => item.name.EndsWith("embeddings", StringComparison.Ordinal));
        foreach (var (name, weight) in model.named_parameters().Select(item => (item.name, (Tensor)item.parameter)).Concat(buffers))
        {
            var (scale, shift) = weight.ndim == 1 ? (0.1, name.EndsWith("weight", StringComparison.Ordinal) ? 1.0 : 0)
                : name.EndsWith("codebook.weight", StringComparison.Ordinal) || name.EndsWith("embeddings", StringComparison.Ordinal) ? (0.3, 0)
                : (1 / Math.Sqrt(weight.numel() / weight.shape[0]), 0.0);
            var values = Enumerable.Range(0, (int)weight.numel()).Select(i => (float)((scale * Math.Sin((1.7 * i) + Code(name))) + shift)).ToArray();
            weight.copy_(tensor(values).view(weight.shape));
        }

        foreach (var (_, counts) in model.named_buffers().Where(item => item.name.EndsWith(".N", StringComparison.Ordinal)))
        {
            counts.fill_(1); // no initialization of the codes by a first batch
        }
    }

    /// <returns>(B, C, F, H, W) in [0, 1]: 0.5 + 0.5 sin(0.37 i).</returns>
    public static Tensor Clips(params long[] shape) =>
        tensor(Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(i => (float)(0.5 * Math.Sin(0.37 * i))).ToArray()).view(shape) + 0.5;

    /// <summary>Returns Σ tᵢ cos(0.9 i + c) over a tensor in memory order.</summary>
    public static double Sum(Tensor tensor, string name = "") =>
        tensor.detach().contiguous().data<float>().ToArray().Select((value, i) => value * Math.Cos((0.9 * i) + Code(name))).Sum();

    /// <summary>Returns this checksum over all gradients.</summary>
    public static double Gradients(nn.Module model) =>
        model.named_parameters().Where(item => item.parameter.grad is not null).Sum(item => Sum(item.parameter.grad!, item.name));

    /// <summary>Moves the channels to the second axis.</summary>
    public static Tensor First(Tensor channelsLast) => channelsLast.permute(0, 4, 1, 2, 3);

    private static int Code(string name) => name.Sum(character => character) % 97;
}
