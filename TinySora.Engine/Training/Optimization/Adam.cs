using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Configuration;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>Adam (Kingma and Ba 2015); on the CPU one pass over the parameters does it all.</summary>
[Optimizer(OptimizerKind.Adam, states: 2)]
public class Adam : IOptimizer
{
    private const double Epsilon = 1e-8;

    private readonly FlatParameters parameters;
    private readonly double beta1;
    private readonly double beta2;
    private readonly double weightDecay;

    public Adam(FlatParameters parameters, TrainerConfig config)
        : this(parameters, config, 0)
    {
    }

    /// <param name="weightDecay">The share of the learning rate by which the decayed parameters shrink in each step.</param>
    protected Adam(FlatParameters parameters, TrainerConfig config, double weightDecay)
    {
        this.parameters = parameters;
        this.weightDecay = weightDecay;
        (beta1, beta2) = (config.AdamBeta1, config.AdamBeta2);
        using var scope = NewDisposeScope();
        Mean = zeros_like(parameters.Values).DetachFromDisposeScope();
        MeanSquare = zeros_like(parameters.Values).DetachFromDisposeScope();
    }

    /// <summary>First moment of the gradient, (N).</summary>
    public Tensor Mean { get; }

    /// <summary>Second moment of the gradient, (N).</summary>
    public Tensor MeanSquare { get; }

    public IReadOnlyList<(string Name, Tensor Values)> States => [("exp_avg", Mean), ("exp_avg_sq", MeanSquare)];

    /// <inheritdoc/>
    /// <remarks>The bias correction is a function of the step.</remarks>
    public void Step(int step, double learningRate, Tensor skip)
    {
        var correction = Math.Sqrt(1 - Math.Pow(beta2, step + 1));
        var rate = learningRate * correction / (1 - Math.Pow(beta1, step + 1));
        if (!Kernels.CanOptimize(parameters.Values))
        {
            StepComposed(learningRate * weightDecay, rate, Epsilon * correction, skip);
        }
        else if (!skip.ToBoolean())
        {
            using var scope = NewDisposeScope();
            Update(0, parameters.Decayed, learningRate * weightDecay);
            Update(parameters.Decayed, parameters.Values.shape[0] - parameters.Decayed, 0);
        }

        void Update(long start, long length, double decay)
        {
            if (length > 0)
            {
                Tensor Part(Tensor all) => all.narrow(0, start, length);
                Kernels.Adam(
                    Part(parameters.Values), Part(parameters.Gradients), Part(Mean), Part(MeanSquare), beta1, beta2, decay, rate, Epsilon * correction);
            }
        }
    }

    private void StepComposed(double decay, double rate, double floor, Tensor skip)
    {
        using var scope = NewDisposeScope();
        var gradients = parameters.Gradients.masked_fill_(skip, 0);
        var share = skip.logical_not().to(float64); // 1, or 0 when skipped
        if (decay > 0)
        {
            parameters.Values.narrow(0, 0, parameters.Decayed).mul_(1 - (share * decay));
        }

        Mean.mul_(1 - (share * (1 - beta1))).add_(gradients, alpha: 1 - beta1);
        MeanSquare.mul_(1 - (share * (1 - beta2))).addcmul_(gradients, gradients, 1 - beta2);

        // sqrt(v) + floor, infinite when skipped, in the memory that the gradients no longer need.
        var denominator = gradients.copy_(MeanSquare).sqrt_().add_(floor / share);
        parameters.Values.addcdiv_(Mean, denominator, -rate);
    }

    public void Dispose()
    {
        Mean.Dispose();
        MeanSquare.Dispose();
        GC.SuppressFinalize(this);
    }
}
