using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>PyTorch's BatchNorm (Ioffe and Szegedy 2015) over all axes but the last, for any number of axes, optionally followed by an activation.</summary>
public sealed class BatchNorm : Layer
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

    /// <param name="slope">Slope of <see cref="Activation.LeakyRelu"/> below zero.</param>
    public BatchNorm(long channels, Activation activation = Activation.None, double slope = 0)
        : base(nameof(BatchNorm))
    {
        weight = WeightInitialization.Ones(channels);
        bias = WeightInitialization.Zeros(channels);
        running_mean = zeros([channels], ScalarType.Float32);
        running_var = ones([channels], ScalarType.Float32);
        num_batches_tracked = zeros([], ScalarType.Int64);
        (_activation, _slope) = (activation, slope);
        RegisterComponents();
    }

    /// <summary>The part of the micro-batch that the inputs belong to; <c>null</c> if they are the whole micro-batch.</summary>
    internal BatchShare? Share { get; set; }

    /// <param name="input">(N, ..., C) for N examples.</param>
    /// <returns>The same shape.</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        if (training && input.Eager is Tensor numbers)
        {
            return Trained(numbers);
        }

        var scale = weight * (running_var + Epsilon).rsqrt();
        return Activated((input.ToFloat32() * scale) + (bias - (running_mean * scale)));
    }

    /// <summary>Normalizes with the statistics of the batch, and updates the running statistics.</summary>
    private Tensor Trained(Tensor input)
    {
        using (no_grad())
        {
            num_batches_tracked.add_(1);
        }

        if (Share is not null)
        {
            return (Tensor)Activated(OverAll(Precision.ToFloat32(input), Share));
        }

        if (!Kernels.CanNorm(input))
        {
            var x = Precision.ToFloat32(input);
            return (Tensor)Activated(nn.functional.batch_norm(
                x.reshape(-1, x.shape[^1]), running_mean, running_var, weight, bias, training, Momentum, Epsilon).view(x.shape));
        }

        var mean = empty([1, input.shape[^1]], ScalarType.Float32);
        var inverse = zeros_like(mean);
        var output = Kernels.GroupNorm(input, weight, bias, mean, inverse, Epsilon, _activation, _slope);
        using var nothing = no_grad();
        Follow(mean.squeeze(0), (inverse.square().reciprocal() - Epsilon).squeeze(0), input.numel() / input.shape[^1]);
        return output;
    }

    private Tensor OverAll(Tensor x, BatchShare share)
    {
        var rows = x.flatten(0, -2);
        var count = rows.shape[0] / share.Count * share.Total;
        var mean = AllReduceSum.Apply(rows.sum([0L]), share) / count;
        var apart = rows - mean;
        var variance = AllReduceSum.Apply(apart.square().sum([0L]), share) / count;
        using (no_grad())
        {
            Follow(mean, variance, count);
        }

        return ((apart * (weight * (variance + Epsilon).rsqrt())) + bias).view(x.shape);
    }

    /// <param name="count">Number of values per channel.</param>
    private void Follow(Tensor mean, Tensor variance, double count)
    {
        running_mean.mul_(1 - Momentum).add_(mean, alpha: Momentum);
        running_var.mul_(1 - Momentum).add_(variance, alpha: Momentum * count / Math.Max(1, count - 1));
    }

    private AnyTensor Activated(AnyTensor x) => _activation switch
    {
        Activation.Silu => x.silu(),
        Activation.LeakyRelu => x.leaky_relu(_slope),
        _ => x,
    };
}

/// <summary>
/// The sum of a tensor over the processes that share a micro-batch. The sum is part of every process's loss, so its gradient is the sum of the gradients in all
/// processes. The backward passes of all processes synchronize in this operation.
/// </summary>
internal sealed class AllReduceSum : autograd.MultiTensorFunction<AllReduceSum>
{
    private const string Share = "share";

    public override string Name => nameof(AllReduceSum);

    /// <param name="own">Tensor in this process, float32.</param>
    public static Tensor Apply(Tensor own, BatchShare share) => apply(own, share)[0];

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Share, vars[1]);
        return [Summed((Tensor)vars[0], (BatchShare)vars[1])];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs) =>
        [Summed(grad_outputs[0], (BatchShare)ctx.get_data(Share)), null!];

    private static Tensor Summed(Tensor own, BatchShare share)
    {
        var all = own.contiguous().clone();
        share.Sum(all);
        return all;
    }
}
