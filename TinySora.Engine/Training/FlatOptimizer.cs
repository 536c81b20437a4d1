using TinySora.Engine.Configuration;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>Adam (Kingma and Ba 2015) or AdamW (Loshchilov and Hutter 2019) over one flat parameter, with its state in reach.</summary>
public sealed class FlatOptimizer : IDisposable
{
    private readonly OptimizerHelper optimizer;

    public FlatOptimizer(Parameter values, TrainerConfig config)
    {
        optimizer = config.Optimizer == "adamw"
            ? optim.AdamW([values], config.TrainLr, config.AdamBeta1, config.AdamBeta2, weight_decay: config.WeightDecay)
            : optim.Adam([values], config.TrainLr, config.AdamBeta1, config.AdamBeta2);
    }

    /// <summary>First moment of the gradient, (N).</summary>
    public Tensor Mean => State is AdamW.State state ? state.exp_avg : ((Adam.State)State).exp_avg;

    /// <summary>Second moment of the gradient, (N).</summary>
    public Tensor MeanSquare => State is AdamW.State state ? state.exp_avg_sq : ((Adam.State)State).exp_avg_sq;

    private OptimizerState State => optimizer.state_dict().State[0];

    public void Step(double learningRate)
    {
        foreach (var group in optimizer.ParamGroups)
        {
            group.LearningRate = learningRate;
        }

        optimizer.step();
    }

    /// <summary>Sets the number of steps taken, which the bias correction depends on.</summary>
    public void Restore(int steps)
    {
        // In TorchSharp these are two classes with equal fields and no common one.
        if (State is AdamW.State state)
        {
            state.step = steps;
        }
        else
        {
            ((Adam.State)State).step = steps;
        }
    }

    public void Dispose() => optimizer.Dispose();
}
