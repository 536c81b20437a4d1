using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>Exponential moving average (EMA) of a model's parameters: <see cref="OptimizedGroup.Average"/> of each group.</summary>
public sealed class ExponentialMovingAverage(nn.Module model, IReadOnlyList<OptimizedGroup> groups, TrainerConfig config)
{
    /// <summary>
    /// Updates the average every <c>update_ema_every</c> optimizer steps. Until step <c>step_start_ema</c>, the average is a copy of the parameters. From then
    /// on, each update computes beta * average + (1 - beta) * parameters, where beta is <c>ema_decay</c>.
    /// </summary>
    /// <param name="step">Number of steps completed before this one.</param>
    public void Update(int step)
    {
        if (step % config.UpdateEmaEvery != 0)
        {
            return;
        }

        using var nothing = no_grad();
        foreach (var group in groups)
        {
            if (step < config.StepStartEma)
            {
                group.Average.copy_(group.Parameters.Values);
            }
            else
            {
                group.Average.mul_(config.EmaDecay).add_(group.Parameters.Values, alpha: 1 - config.EmaDecay);
            }
        }
    }

    /// <summary>Runs an action while the model has the averaged weights and is in evaluation mode.</summary>
    public void Apply(Action work)
    {
        using var nothing = no_grad();
        var trained = groups.Select(group => (Group: group, Values: group.Parameters.Values.clone())).ToList();
        model.eval();
        try
        {
            trained.ForEach(item => Set(item.Group, item.Group.Average));
            work();
        }
        finally
        {
            trained.ForEach(item => Set(item.Group, item.Values));
            trained.ForEach(item => item.Values.Dispose());
            model.train();
        }

        static void Set(OptimizedGroup group, Tensor values)
        {
            group.Parameters.Values.copy_(values);
            group.Updates?.Apply();
        }
    }
}
