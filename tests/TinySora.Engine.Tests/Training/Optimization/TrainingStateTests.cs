using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Optimization;

public sealed class TrainingStateTests
{
    // As in the original code: a copy every update_ema_every steps until step_start_ema, the moving average after that.
    [Fact]
    public void Average_is_a_copy_before_its_start_and_a_moving_average_after_it()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        using var state = new TrainingState(
            task.Model, new TrainerConfig { UpdateEmaEvery = 2, StepStartEma = 4, EmaDecay = 0.75 });
        var seen = new List<float>();

        for (var step = 0; step < 8; step++)
        {
            using (no_grad())
            {
                state.Groups[0].Parameters.Values.fill_(step + 1);
            }

            state.Ema.Update(step);
            seen.Add(state.Groups[0].Average[0].item<float>());
        }

        // Parameters are 1, 2, ... at steps 0, 1, ...: copied at 0 and 2, averaged at 4 (0.75*3+0.25*5) and 6.
        Assert.Equal([1, 1, 3, 3, 3.5f, 3.5f, 4.375f, 4.375f], seen);
    }

    [Fact]
    public void Averaged_weights_are_swapped_in_temporarily()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        using var state = new TrainingState(task.Model, new TrainerConfig());
        var parameter = task.Model.parameters().First();
        using (no_grad())
        {
            state.Groups[0].Parameters.Values.fill_(1);
            state.Groups[0].Average.fill_(2);
        }

        Assert.Throws<InvalidOperationException>(() => state.Ema.Apply(() =>
        {
            Assert.Equal(2, parameter.sum().item<float>() / parameter.numel());
            Assert.False(task.Model.training);
            throw new InvalidOperationException();
        }));

        Assert.Equal(1, parameter.sum().item<float>() / parameter.numel());
        Assert.True(task.Model.training);
    }

    [Fact]
    public void Checkpoint_holds_weights_buffers_average_and_both_moments_by_parameter_name()
    {
        using var scope = NewDisposeScope();
        using var task = new ToyTask();
        using var state = new TrainingState(task.Model, new TrainerConfig());

        var names = StateTensors.Of(state).Select(item => item.Name).ToList();

        Assert.Equal(4 + 1 + (3 * 4), names.Count);
        Assert.Contains("model.center", names);
        Assert.Contains("model.first.weight", names);
        Assert.Contains("ema.first.weight", names);
        Assert.Contains("optimizer.exp_avg.second.bias", names);
        Assert.Contains("optimizer.exp_avg_sq.second.bias", names);
    }
}
