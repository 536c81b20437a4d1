using TinySora.Engine.Compute;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>PyTorch's BatchNorm of any number of axes (Ioffe and Szegedy 2015), over all but the last.</summary>
public sealed class BatchNorm : nn.Module<Tensor, Tensor>
{
    private const double Momentum = 0.1;
    private const double Epsilon = 1e-5;

    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Tensor running_mean;
    private readonly Tensor running_var;
    private readonly Tensor num_batches_tracked;

    public BatchNorm(long channels)
        : base(nameof(BatchNorm))
    {
        weight = Initial.Ones(channels);
        bias = Initial.Zeros(channels);
        running_mean = zeros([channels], ScalarType.Float32);
        running_var = ones([channels], ScalarType.Float32);
        num_batches_tracked = zeros([], ScalarType.Int64);
        RegisterComponents();
    }

    /// <param name="input">(..., C).</param>
    /// <returns>The same shape.</returns>
    public override Tensor forward(Tensor input)
    {
        var x = Precision.Widen(input);
        if (training)
        {
            using var nothing = no_grad();
            num_batches_tracked.add_(1);
        }

        return nn.functional.batch_norm(
            x.reshape(-1, x.shape[^1]), running_mean, running_var, weight, bias, training, Momentum, Epsilon)
            .view(x.shape);
    }
}
