using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Configuration;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>Adam optimizer (Kingma and Ba 2015). On the CPU, a step is a single pass over the parameters.</summary>
public class Adam : IOptimizer
{
    private const double Epsilon = 1e-8;

    private readonly FlatParameters parameters;
    private readonly double beta1;
    private readonly double beta2;
    private readonly double weightDecay;
    private readonly IReadOnlyList<(long Start, long Length)> parts;

    public Adam(FlatParameters parameters, TrainerConfig config)
        : this(parameters, config, 0)
    {
    }

    /// <param name="weightDecay">Coefficient of the decoupled weight decay, which is multiplied by the learning rate.</param>
    /// <param name="parts">Ranges of elements to update; <c>null</c> for all.</param>
    protected Adam(FlatParameters parameters, TrainerConfig config, double weightDecay, IReadOnlyList<(long Start, long Length)>? parts = null)
    {
        this.parameters = parameters;
        this.weightDecay = weightDecay;
        this.parts = parts ?? [(0, parameters.Decayed), (parameters.Decayed, parameters.Values.shape[0] - parameters.Decayed)];
        (beta1, beta2) = (config.AdamBeta1, config.AdamBeta2);
        using var scope = NewDisposeScope();
        Mean = zeros_like(parameters.Values).DetachFromDisposeScope();
        MeanSquare = zeros_like(parameters.Values).DetachFromDisposeScope();
    }

    /// <summary>Running mean of the gradients, (N).</summary>
    public Tensor Mean { get; }

    /// <summary>Running mean of the squared gradients, (N).</summary>
    public Tensor MeanSquare { get; }

    public static IReadOnlyList<string> StateNames { get; } = ["exp_avg", "exp_avg_sq"];

    public IReadOnlyList<(string Name, Tensor Values)> States => [(StateNames[0], Mean), (StateNames[1], MeanSquare)];

    public virtual long Flops => 0;

    /// <inheritdoc/>
    /// <remarks>The bias correction depends on the step.</remarks>
    public virtual void Step(int step, double learningRate, Tensor skip)
    {
        var correction = Math.Sqrt(1 - Math.Pow(beta2, step + 1));
        var rate = learningRate * correction / (1 - Math.Pow(beta1, step + 1));
        var floor = Epsilon * correction;
        var fused = Kernels.CanRunOn(parameters.Values);
        if (fused && skip.ToBoolean())
        {
            return;
        }

        using var scope = NewDisposeScope();
        foreach (var (start, length) in parts.Where(part => part.Length > 0))
        {
            Tensor Part(Tensor all) => all.narrow(0, start, length);
            var decay = start < parameters.Decayed ? learningRate * weightDecay : 0;
            var (values, gradients, mean, meanSquare) = (Part(parameters.Values), Part(parameters.Gradients), Part(Mean), Part(MeanSquare));
            if (fused)
            {
                Kernels.Adam(values, gradients, mean, meanSquare, beta1, beta2, decay, rate, floor);
            }
            else
            {
                StepComposed(values, gradients, mean, meanSquare, decay, rate, floor, skip);
            }
        }
    }

    private void StepComposed(
        Tensor values, Tensor gradients, Tensor mean, Tensor meanSquare, double decay, double rate, double floor, Tensor skip)
    {
        gradients.masked_fill_(skip, 0);
        var share = skip.logical_not().to(float64); // 1, or 0 if skipped
        if (decay > 0)
        {
            values.mul_(1 - (share * decay));
        }

        mean.mul_(1 - (share * (1 - beta1))).add_(gradients, alpha: 1 - beta1);
        meanSquare.mul_(1 - (share * (1 - beta2))).addcmul_(gradients, gradients, 1 - beta2);

        // sqrt(v) + floor, or infinity if the step is skipped. Overwrites the gradients, which are no longer needed.
        var denominator = gradients.copy_(meanSquare).sqrt_().add_(floor / share);
        values.addcdiv_(mean, denominator, -rate);
    }

    public void Dispose()
    {
        Mean.Dispose();
        MeanSquare.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019); <see cref="Adam"/> implements the step.</summary>
public sealed class AdamW(FlatParameters parameters, TrainerConfig config) : Adam(parameters, config, config.WeightDecay);
