using TinySora.Engine.Compute;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>PyTorch's BatchNorm of any number of axes (Ioffe and Szegedy 2015), over all but the last, and the activation that often follows it.</summary>
public sealed class BatchNorm : nn.Module<Tensor, Tensor>
{
    private const double Momentum = 0.1;
    private const double Epsilon = 1e-5;

    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Tensor running_mean;
    private readonly Tensor running_var;
    private readonly Tensor num_batches_tracked;
    private readonly Activation _activation;
    private readonly double _slope;

    /// <param name="slope">Of <see cref="Activation.Leaky"/> below zero.</param>
    public BatchNorm(long channels, Activation activation = Activation.None, double slope = 0)
        : base(nameof(BatchNorm))
    {
        weight = Initial.Ones(channels);
        bias = Initial.Zeros(channels);
        running_mean = zeros([channels], ScalarType.Float32);
        running_var = ones([channels], ScalarType.Float32);
        num_batches_tracked = zeros([], ScalarType.Int64);
        (_activation, _slope) = (activation, slope);
        RegisterComponents();
    }

    /// <param name="input">(..., C).</param>
    /// <returns>The same shape.</returns>
    public override Tensor forward(Tensor input)
    {
        if (!training)
        {
            var scale = weight * (running_var + Epsilon).rsqrt();
            return Activated((Precision.Widen(input) * scale) + (bias - (running_mean * scale)));
        }

        using (no_grad())
        {
            num_batches_tracked.add_(1);
        }

        if (!Kernels.CanNorm(input))
        {
            var x = Precision.Widen(input);
            return Activated(nn.functional.batch_norm(
                x.reshape(-1, x.shape[^1]), running_mean, running_var, weight, bias, training, Momentum, Epsilon).view(x.shape));
        }

        var mean = empty([1, input.shape[^1]], ScalarType.Float32);
        var inverse = zeros_like(mean);
        var output = Kernels.GroupNorm(input, weight, bias, mean, inverse, Epsilon, _activation, _slope);
        using var nothing = no_grad();
        var count = (double)(input.numel() / input.shape[^1]);
        running_mean.mul_(1 - Momentum).add_(mean.squeeze(0), alpha: Momentum);
        running_var.mul_(1 - Momentum).add_((inverse.square().reciprocal() - Epsilon).squeeze(0), alpha: Momentum * count / Math.Max(1, count - 1));
        return output;
    }

    private Tensor Activated(Tensor x) => _activation switch
    {
        Activation.Silu => nn.functional.silu(x),
        Activation.Leaky => x.clamp_min(0) - (x.neg().clamp_min(0) * _slope),
        _ => x,
    };
}
