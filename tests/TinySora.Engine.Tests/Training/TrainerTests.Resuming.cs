using CsCheck;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Training;

/// <summary>Runs of random settings that are interrupted and resumed at random steps.</summary>
public sealed partial class TrainerTests
{
    private const int Steps = 12;

    /// <summary>Settings that have a state, or that depend on the number of the step.</summary>
    private static readonly Gen<TrainerConfig> Settings =
        from optimizer in Gen.Enum<OptimizerKind>()
        from schedule in Gen.OneOf(LearningRateSchedule.Constant, LearningRateSchedule.Cosine)
        from batchSize in Gen.Int[1, 10]
        from accumulated in Gen.Int[1, 3]
        from saveEvery in Gen.Int[1, 5]
        from kept in Gen.Int[0, 2]
        from averageFrom in Gen.Int[0, 8]
        from averageEvery in Gen.Int[1, 4]
        from norm in Gen.Double[0.01, 1].Nullable()
        from flips in Gen.Bool
        select Config with
        {
            Optimizer = optimizer, LrSchedule = schedule, LrDecaySteps = 9, WarmupSteps = 3, TrainBatchSize = batchSize, GradientAccumulateEvery = accumulated,
            SaveModelEvery = saveEvery, KeepCheckpoints = kept, StepStartEma = averageFrom, UpdateEmaEvery = averageEvery, MaxGradNorm = norm,
            HorizontalFlip = flips, WeightDecay = optimizer == OptimizerKind.Adam ? 0 : 0.01,
        };

    [Fact]
    public void Run_resumed_at_any_steps_equals_an_uninterrupted_one_bit_for_bit() =>
        Gen.Select(Settings, Gen.Int[1, Steps - 1].HashSet[1, 3]).Check(15, example =>
        {
            var (config, stops) = example;
            string[] runs = [$"whole {Guid.NewGuid()}", $"parts {Guid.NewGuid()}"];
            var whole = Train(runs[0], config, Steps);
            var resumed = stops.Order().Append(Steps).Select((step, part) => Train(runs[1], config, step, initialSeed: part + 1)).Last();
            CheckpointAssert.SameTensors(whole, resumed);
            var (expected, actual) = (MetricsFile.Read(folder.File(runs[0])), MetricsFile.Read(folder.File(runs[1])));
            Assert.Equal(
                expected.Select(record => (record.Step, record.Loss, record.GradientNorm, record.LearningRate)),
                actual.Select(record => (record.Step, record.Loss, record.GradientNorm, record.LearningRate)));
        });
}
