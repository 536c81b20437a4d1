using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Requests;
using TorchSharp;

namespace TinySora.Engine.Tests.Training.Cost;

public sealed class TrainingPlanTests : IDisposable
{
    private const long Room = 800_000_000;

    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Plan_of_a_new_run_shows_size_speed_and_end_and_writes_nothing()
    {
        var plan = Plan(long.MaxValue, long.MaxValue);

        Assert.True(plan.Fits);
        Assert.Equal((0, 4), (plan.FirstStep, plan.LastStep));
        Assert.Equal(4 * plan.Cost.SecondsPerStep!.Value, plan.Duration!.Value.TotalSeconds, 3);
        Assert.Equal(plan.MadeAt + plan.Duration, plan.FinishesAt);
        Assert.Equal(2 * 16 * plan.Cost.Parameters, plan.Disk.Bytes); // after steps 2 and 4
        var lines = plan.Lines().ToList();
        foreach (var start in new[] { "A run of 4 steps would start in", "Model: ", "Memory: ", "Step: ", "Disk: 2 checkpoints of", "Time: " })
        {
            Assert.Single(lines, line => line.StartsWith(start, StringComparison.Ordinal));
        }

        Assert.False(Directory.Exists(run.Results));

        var slow = plan with { Cost = plan.Cost with { SecondsPerStep = 191, IsEstimated = true } };
        Assert.Contains("Step: about 3 min 11 s (estimated from forward passes) on cpu", string.Join('\n', slow.Lines()), StringComparison.Ordinal);
        Assert.Equal(4 * 191, slow.Duration!.Value.TotalSeconds);
    }

    [Fact]
    public void Time_budget_shortens_the_plan()
    {
        var plan = Plan(long.MaxValue, long.MaxValue, request => request with { MaxMinutes = 1e-6 });
        Assert.Equal(6e-5, plan.Duration!.Value.TotalSeconds, 5);
    }

    [Fact]
    public void Plan_says_whether_an_existing_run_resumes_is_complete_or_differs()
    {
        run.Train(request => request with { MaxSteps = 2 });
        var plan = Plan(long.MaxValue, long.MaxValue);
        Assert.Equal((2, 4), (plan.FirstStep, plan.LastStep));
        Assert.Contains("would be resumed at step 2 and trained to step 4", plan.Lines().First(), StringComparison.Ordinal);
        Assert.Contains("Nothing would be done", Plan(long.MaxValue, long.MaxValue, r => r with { MaxSteps = 2 }).Lines().First(), StringComparison.Ordinal);
        Assert.Contains("would start", Plan(long.MaxValue, long.MaxValue, r => r with { Force = true }).Lines().First(), StringComparison.Ordinal);

        var error = Assert.Throws<TinySoraException>(() => Plan(long.MaxValue, long.MaxValue, r => r with { Seed = 99 }));
        Assert.Equal("TinySora.Training.OtherConfiguration", error.Id);
    }

    [Fact]
    public void Used_time_budget_is_complete_and_has_no_end_time()
    {
        run.Train(request => request with { MaxSteps = 2 }, trainer => trainer with { TrainMinutes = 1 });
        var lines = Plan(long.MaxValue, long.MaxValue, request => request with
        {
            Config = request.Config with { Trainer = request.Config.Trainer with { TrainMinutes = 1e-9 } },
        }).Lines().ToList();
        Assert.EndsWith("has already reached the end of its time budget, at step 2.", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.StartsWith("Time:", StringComparison.Ordinal));
    }

    [Fact]
    public void Largest_preset_that_fits_is_suggested_if_memory_is_short()
    {
        var memory = Plan(Room, long.MaxValue, Wide);
        Assert.False(memory.Cost.Fits);
        Assert.Null(memory.FinishesAt);
        Assert.Equal("shapes-small", memory.FittingPreset);
        Assert.Equal("The run does not fit in memory. Preset shapes-small would fit.", memory.Lines().Last());

        var disk = Plan(Room, 1);
        Assert.True(disk.Cost.Fits && !disk.FitsDisk);
        Assert.Null(disk.FittingPreset);
        Assert.Equal("The run does not fit on the disk. No preset fits either.", disk.Lines().Last());

        // 46 million parameters: their state alone exceeds the memory, as does that of the default preset.
        static TrainingRequest Wide(TrainingRequest request) =>
            request with { Config = request.Config.With(model: request.Config.Model with { Dim = 224, DimMults = [1, 2, 4] }) };
    }

    private TrainingPlan Plan(long memory, long disk, Func<TrainingRequest, TrainingRequest>? change = null)
    {
        var request = new TrainingRequest { Config = TinyRun.Config, DataPath = run.Data, ResultsPath = run.Results, Device = "cpu" };
        return EngineThread.Run(() => TrainingPlan.Make(
            change?.Invoke(request) ?? request, "tiny", torch.CPU, memory, disk, CancellationToken.None));
    }
}
