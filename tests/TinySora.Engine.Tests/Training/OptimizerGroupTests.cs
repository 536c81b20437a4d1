using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

/// <summary>A parameter group that is updated in every second step only.</summary>
public sealed class OptimizerGroupTests
{
    private const double Rate = 1e-4;

    private static readonly TrainerConfig Config = new()
    {
        TrainBatchSize = 8, TrainLr = Rate, WarmupSteps = 0, GradientAccumulateEvery = 1, MaxGradNorm = null, KeepCheckpoints = 0,
    };

    private static readonly ParameterGroup[] Groups =
        [new("first", name => name.StartsWith("first", StringComparison.Ordinal)), new("second", name => name.StartsWith("second", StringComparison.Ordinal)) { StepInterval = 2 }];

    /// <summary>
    /// With a constant gradient, each update of Adam equals the learning rate if Adam counts this group's updates only. If it counted all
    /// steps, the updates would be a seventh smaller.
    /// </summary>
    [Fact]
    public void Group_is_updated_in_its_steps_and_its_optimizer_counts_only_those() => EngineThread.Run(() =>
    {
        using var task = new ToyTask { Noise = 0, Parts = Groups };
        using var state = new TrainingState(task, Config);
        var moved = new List<(double First, double Second)>();
        for (var step = 1; step <= 6; step++)
        {
            using var scope = NewDisposeScope();
            var before = (First: Bias("first"), Second: Bias("second"));
            new Trainer(task, Config, ToyTask.Batches(Config), state, 7, new RecordingObserver(), default) { Limits = new(step), Outputs = new() { Save = () => "none" } }.Run();
            moved.Add(((Bias("first") - before.First).abs().max().ToDouble(), (Bias("second") - before.Second).abs().max().ToDouble()));
        }

        Assert.All(moved, step => Assert.Equal(Rate, step.First, 0.05 * Rate));
        Assert.All(moved.Where((_, i) => i % 2 == 0), step => Assert.Equal(Rate, step.Second, 0.05 * Rate));
        Assert.All(moved.Where((_, i) => i % 2 == 1), step => Assert.Equal(0, step.Second));

        Tensor Bias(string layer) => task.Model.get_parameter($"{layer}.bias")!.detach().clone();
    });

    /// <summary>
    /// One second per forward pass; forward and backward together take three times that, for the share of steps that the group takes part in.
    /// </summary>
    [Fact]
    public void Estimated_step_time_includes_the_share_of_the_group() => EngineThread.Run(() =>
    {
        using var task = new ToyTask { Parts = Groups };
        using var state = new TrainingState(task, Config);
        Assert.Equal(4.5, OptimizerStep.Estimate(1, state), 1e-9);
    });

    [Theory]
    [InlineData(0, 2, "0 2 4 6")]
    [InlineData(3, 2, "3 5 7")]
    [InlineData(2, 1, "2 3 4 5 6 7")]
    public void Updates_of_a_group_are_counted_from_its_first_step(int from, int every, string turns) => EngineThread.Run(() =>
    {
        using var task = new ToyTask();
        using var group = new OptimizedGroup(ParameterGroup.All with { StartStep = from, StepInterval = every }, task.Model, Config);
        Assert.Equal(turns, string.Join(' ', Enumerable.Range(0, 8).Where(group.HasTurn)));
    });
}
