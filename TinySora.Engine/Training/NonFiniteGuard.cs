using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// What becomes of steps whose loss or gradient is not finite. One such step is skipped. Several in a row mean that the
/// weights themselves are at fault: the run goes back to its last checkpoint and on from there with other batches and other
/// noise. Where that does not help, it ends. All of it is a function of the steps' results and of what a checkpoint holds,
/// not of the moment at which they are read, so it happens the same way in a run that is killed and resumed.
/// </summary>
public sealed class NonFiniteGuard(TrainingState state, ITrainingObserver observer)
{
    /// <summary>Steps in a row after which the run goes back.</summary>
    public const int MostSkipped = 5;

    /// <summary>The number of returns to one checkpoint before the run stops.</summary>
    public const int MostRollbacks = 3;

    private bool weightsAreFinite = true;
    private (int Step, double Loss, double GradientNorm, IReadOnlyList<string> Names) last = (0, 0, 0, []);

    /// <summary>Steps skipped so far in this call.</summary>
    public int SkippedSteps { get; private set; }

    public bool WantsRollback => !weightsAreFinite || state.SkippedInARow >= MostSkipped;

    /// <summary>What the loss of a parameter group but the first is called among the scalars of a step.</summary>
    internal static string LossOf(string group) => $"{BestMetric.Loss}.{group}";

    /// <inheritdoc cref="LossOf"/>
    internal static string NormOf(string group) => $"grad_norm.{group}";

    /// <summary>What is measured with the loss; norms, and losses of other groups, whose parts are there, are left out.</summary>
    internal static Dictionary<string, double> PartsOf(TrainingStep step) => (step.Scalars ?? [])
        .Where(scalar => !scalar.Key.StartsWith(NormOf(""), StringComparison.Ordinal)
            && !scalar.Key.StartsWith(LossOf(""), StringComparison.Ordinal)
            && !scalar.Key.StartsWith(BestMetric.ValidationPrefix, StringComparison.Ordinal))
        .ToDictionary(scalar => scalar.Key, scalar => scalar.Value);

    /// <summary>Whether a step is to be skipped: a scalar boolean that stays on the device, since reading it would wait for a GPU.</summary>
    public static Tensor IsBad(Tensor loss, Tensor gradientNorm) =>
        loss.isfinite().logical_and(gradientNorm.isfinite()).logical_not();

    /// <summary>Takes note of what a step measured; the steps come in their order.</summary>
    /// <param name="names">The clips' files.</param>
    /// <param name="scalars">With loss and gradient norm of each further parameter group, see <see cref="LossOf"/>.</param>
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
        var skipped = FormattableString.Invariant($"Step {step} was skipped: its loss is {loss} and the norm of its gradient {gradientNorm}.");
        observer.Warning($"{skipped} The batch was: {string.Join(", ", names)}.");
        if (state.SkippedInARow == 1)
        {
            observer.Happened(new RunEvent(RunEventKind.NotFinite, state.Step, skipped));
        }

        return false;
    }

    /// <summary>Whether the weights may be saved: a finite gradient can still make a step that no float holds.</summary>
    public bool CheckWeights() => weightsAreFinite = state.IsFinite();

    /// <summary>Puts the state back to a checkpoint.</summary>
    /// <param name="path">The newest one; null: there is none.</param>
    /// <exception cref="TinySoraException">NonFiniteLoss, when there is none or going back to it did not help before.</exception>
    public void RollBack(string? path)
    {
        if (path is null)
        {
            throw Failure(0, null);
        }

        using var checkpoint = Checkpoint.Open(path);
        var rollbacks = state.Rollbacks + 1;
        var attempt = rollbacks - checkpoint.Rollbacks;
        if (attempt > MostRollbacks)
        {
            throw Failure(MostRollbacks, path);
        }

        checkpoint.Restore(state);
        (state.Rollbacks, state.SkippedInARow, weightsAreFinite) = (rollbacks, 0, true);
        var text = $"Went back to step {state.Step} ('{path}'), for the {attempt}. of {MostRollbacks} times, and continues with other batches and other noise.";
        observer.Warning(text);
        observer.Happened(new RunEvent(RunEventKind.NotFinite, state.Step, text));
    }

    private TinySoraException Failure(int rollbacks, string? path) =>
        TrainingErrors.NonFiniteLoss(last.Step, last.Loss, last.GradientNorm, last.Names, rollbacks, path);
}
