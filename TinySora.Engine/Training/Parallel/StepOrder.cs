using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Parallel;

/// <summary>
/// An order from the first process to the other processes. It contains all values that determine a step in addition to weights, configuration and seed.
/// </summary>
internal readonly record struct StepOrder(
    StepOrderKind Kind, int Step, int Rollbacks, int MomentsSince, double TrainLr, double PlateauFactor, TimeSpan Spent)
{
    public static StepOrder Of(StepOrderKind kind, TrainingState state) =>
        new(kind, state.Step, state.Rollbacks, state.MomentsSince, state.TrainLr, state.Plateau.Factor, state.Spent);

    public void Apply(TrainingState state)
    {
        (state.Step, state.Rollbacks, state.MomentsSince, state.TrainLr, state.Spent) = (Step, Rollbacks, MomentsSince, TrainLr, Spent);
        state.Plateau = state.Plateau with { Factor = PlateauFactor };
    }
}

/// <summary>Kinds of orders from the first process.</summary>
internal enum StepOrderKind
{
    /// <summary>End the process, because the run has ended.</summary>
    End,

    /// <summary>Take part in a step.</summary>
    Step,

    /// <summary>Receive all values that a step changes from the first process.</summary>
    Take,

    /// <summary>Send a hash of all values that a step changes.</summary>
    Compare,
}
