using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Parallel;

/// <summary>An order of the first process to the others, with all that a step follows from but weights, configuration and seed.</summary>
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

/// <summary>The orders that the first process gives to the others.</summary>
internal enum StepOrderKind
{
    /// <summary>The order to end with the run.</summary>
    End,

    /// <summary>The order to take part in a step.</summary>
    Step,

    /// <summary>The order to take over all that a step changes.</summary>
    Take,

    /// <summary>The order to tell the hash of all that a step changes.</summary>
    Compare,
}
