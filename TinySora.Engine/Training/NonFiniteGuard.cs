using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// Handles steps with a non-finite loss or gradient. Such a step is skipped. After several in a row, the run returns to its last checkpoint and continues
/// with other batches and noise, because the weights are probably unusable. If that does not help, the run ends. The decisions depend only on the results
/// of steps and the contents of checkpoints, not on when the results are read, so a resumed run makes the same decisions.
/// </summary>
public sealed class NonFiniteGuard(TrainingState state, ITrainingObserver observer)
{
    /// <summary>Number of consecutive skipped steps after which the run returns to a checkpoint.</summary>
    public const int MaxSkippedInARow = 5;

    /// <summary>Maximum number of returns to the same checkpoint.</summary>
    public const int MaxRollbacks = 3;

    private bool weightsAreFinite = true;
    private (int Step, double Loss, double GradientNorm, IReadOnlyList<string> Names) last = (0, 0, 0, []);

    /// <summary>Number of steps that were skipped since training started or resumed.</summary>
    public int SkippedSteps { get; private set; }

    public bool WantsRollback => !weightsAreFinite || state.SkippedInARow >= MaxSkippedInARow;

    /// <summary>Returns the name of the metric for the loss of a parameter group other than the first.</summary>
    internal static string LossOf(string group) => $"{BestMetric.Loss}.{group}";

    /// <summary>Returns the name of the metric for the gradient norm of a parameter group other than the first.</summary>
    internal static string NormOf(string group) => $"grad_norm.{group}";

    /// <summary>Returns the parts of the loss for all parameter groups, without gradient norms and without the total losses of other groups.</summary>
    internal static Dictionary<string, double> PartsOf(TrainingStep step) => (step.Scalars ?? [])
        .Where(scalar => !scalar.Key.StartsWith(NormOf(""), StringComparison.Ordinal)
            && !scalar.Key.StartsWith(LossOf(""), StringComparison.Ordinal)
            && !scalar.Key.StartsWith(BestMetric.ValidationPrefix, StringComparison.Ordinal))
        .ToDictionary(scalar => scalar.Key, scalar => scalar.Value);

    /// <summary>Returns whether to skip a step, as a scalar boolean tensor on the device, because reading the value would mean waiting for a GPU.</summary>
    public static Tensor IsNonFinite(Tensor loss, Tensor gradientNorm) =>
        loss.isfinite().logical_and(gradientNorm.isfinite()).logical_not();

    /// <summary>Checks the results of a step. Must be called in the order of the steps.</summary>
    /// <param name="names">File names of the clips in the step.</param>
    /// <param name="scalars">Other scalars, including the loss and gradient norm of each additional parameter group, see <see cref="LossOf"/>.</param>
    /// <returns>Whether the step counts; otherwise it was skipped.</returns>
    public bool Check(int step, float loss, float gradientNorm, IReadOnlyList<string> names, IReadOnlyDictionary<string, double>? scalars = null)
    {
        foreach (var group in state.Groups.Skip(1).TakeWhile(_ => float.IsFinite(loss) && float.IsFinite(gradientNorm)))
        {
            (loss, gradientNorm) = ((float)(scalars?.GetValueOrDefault(LossOf(group.Name)) ?? 0), (float)(scalars?.GetValueOrDefault(NormOf(group.Name)) ?? 0));
        }

        last = (step, loss, gradientNorm, names);
        if (float.IsFinite(loss) && float.IsFinite(gradientNorm))
        {
            state.SkippedInARow = 0;
            return true;
        }

        state.SkippedInARow++;
        SkippedSteps++;
        var skipped = FormattableString.Invariant($"Step {step} was skipped: its loss is {loss} and its gradient norm is {gradientNorm}.");
        observer.Warning($"{skipped} The batch was: {string.Join(", ", names)}.");
        if (state.SkippedInARow == 1)
        {
            observer.EventRaised(new RunEvent(RunEventKind.NotFinite, state.Step, skipped));
        }

        return false;
    }

    /// <summary>Returns whether the weights are finite. Even a step with a finite gradient can make them overflow.</summary>
    public bool CheckWeights() => weightsAreFinite = state.IsFinite();

    /// <summary>Returns the run to the state of a checkpoint.</summary>
    /// <param name="path">Path of the newest checkpoint; <c>null</c> if there is none.</param>
    /// <exception cref="TinySoraException">NonFiniteLoss, if there is no checkpoint or returning to it has not helped before.</exception>
    public void RollBack(string? path)
    {
        if (path is null)
        {
            throw Failure(0, null);
        }

        using var checkpoint = Checkpoint.Open(path);
        var rollbacks = state.Rollbacks + 1;
        var attempt = rollbacks - checkpoint.Rollbacks;
        if (attempt > MaxRollbacks)
        {
            throw Failure(MaxRollbacks, path);
        }

        checkpoint.Restore(state);
        (state.Rollbacks, state.SkippedInARow, weightsAreFinite) = (rollbacks, 0, true);
        var text = $"Returned to step {state.Step} ('{path}'), attempt {attempt} of {MaxRollbacks}. Training continues with other batches and noise.";
        observer.Warning(text);
        observer.EventRaised(new RunEvent(RunEventKind.NotFinite, state.Step, text));
    }

    private TinySoraException Failure(int rollbacks, string? path) =>
        TrainingErrors.NonFiniteLoss(last.Step, last.Loss, last.GradientNorm, last.Names, rollbacks, path);
}
