using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>All values that training steps change. Checkpoints store them.</summary>
public sealed class TrainingState : IDisposable
{
    private readonly TrainerConfig config;

    /// <param name="task">Task with its model on the final device.</param>
    /// <param name="config">Trainer configuration in which every span is converted to steps.</param>
    /// <param name="adapter">Adapter to train instead of the model's weights; <c>null</c> to train the weights.</param>
    public TrainingState(ITrainingTask task, TrainerConfig config, AdapterShape? adapter = null)
        : this(task.Model, config, task.Groups, adapter)
    {
    }

    /// <param name="model">The model on its final device.</param>
    /// <param name="groups">Groups of parameters; <c>null</c> for one group with all parameters.</param>
    /// <param name="adapter">See <see cref="TrainingState(ITrainingTask, TrainerConfig, AdapterShape?)"/>; requires one group.</param>
    public TrainingState(nn.Module model, TrainerConfig config, IReadOnlyList<ParameterGroup>? groups = null, AdapterShape? adapter = null)
    {
        Model = model;
        this.config = config;
        TrainLr = config.TrainLr;
        Groups = [.. (groups ?? [ParameterGroup.All]).Select(group => new OptimizedGroup(group, model, config, adapter))];
        Ema = new(model, Groups, config);
    }

    /// <summary>Returns the size in bytes of a model's state: parameters, gradients, averages and optimizer state.</summary>
    public static long SizeInBytes(nn.Module model, OptimizerKind optimizer) =>
        (3 + OptimizerChoice.StateNames(optimizer).Count) * sizeof(float) * FlatParameters.Length(model);

    /// <summary>The model being trained.</summary>
    public nn.Module Model { get; }

    /// <summary>Groups of parameters, in the order of their updates in a step.</summary>
    public IReadOnlyList<OptimizedGroup> Groups { get; }

    /// <summary>The adapter that is trained; <c>null</c> if the model's weights are trained.</summary>
    public LowRankUpdates? Updates => Groups[0].Updates;

    /// <summary>Moving average of the parameters, used for samples.</summary>
    public ExponentialMovingAverage Ema { get; }

    /// <summary>Device of the model.</summary>
    public Device Device => Groups[0].Parameters.Values.device;

    /// <summary>Number of trained values, including padding to cache lines.</summary>
    public long Length => Groups.Sum(group => group.Parameters.Values.numel());

    /// <summary>Number of completed optimizer steps.</summary>
    public int Step { get; set; }

    /// <summary>Loss, smoothed over about 50 steps; <c>null</c> before the first step.</summary>
    public double? Loss { get; set; }

    /// <summary>Results of the validation at this step, by metric names that start with <c>val.</c>; empty if there was no validation.</summary>
    public IReadOnlyDictionary<string, double> Validated { get; set; } = new Dictionary<string, double>();

    /// <summary>Whether the process ended before completing the validation or sample that was due after this step.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>Rows of the <c>trainer.keep_if</c> table that the current weights pass and fail; <c>null</c> if the run has no such table.</summary>
    public ExpectationResults? Rows { get; set; }

    /// <summary>Best value so far of the validation metric <c>trainer.best_by</c>; <c>null</c> if there is none yet.</summary>
    public double? Best { get; set; }

    /// <summary>Number of validations since <c>trainer.best_by</c> last improved by more than 0.01 %.</summary>
    public int Unimproved { get; set; }

    /// <summary>Whether there have been enough validations without improvement to end the run.</summary>
    public bool HasStalled => Unimproved >= config.EarlyStoppingPatience;

    public PlateauSchedule Plateau { get; set; } = new();

    /// <summary>The value of <c>trainer.best_by</c>, the metric of <see cref="Best"/> and <see cref="Plateau"/>.</summary>
    public string BestBy => config.BestBy;

    /// <summary>Training time so far, over all resumptions.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Part of <c>trainer.train_minutes</c> that the run has used, over all resumptions, including data loading and all other work.</summary>
    public TimeSpan Spent { get; set; }

    /// <summary>
    /// Number of floating-point operations in training so far, over all resumptions, including the training of the initial weights and the autoencoder. A
    /// training step counts as three forward passes. <c>null</c> if a checkpoint that the run depends on does not contain the number.
    /// </summary>
    public double? Flops { get; set; } = 0;

    /// <summary>Number of consecutive steps skipped because of a non-finite loss or gradient.</summary>
    public int SkippedInARow { get; set; }

    /// <summary>Number of times that the run has returned to a checkpoint. This number affects the choice of all later batches and noise.</summary>
    public int Rollbacks { get; set; }

    /// <summary>
    /// Step at which the optimizer's moments were zero: 0, or the step of a checkpoint without optimizer state. The bias correction counts from this step.
    /// </summary>
    public int MomentsSince { get; set; }

    /// <summary>Base learning rate for the warm-up and schedule: <c>trainer.train_lr</c> of the configuration, or the rate set during the run.</summary>
    public double TrainLr { get; set; }

    /// <param name="step">Number of steps completed before the step with this learning rate.</param>
    public double LearningRateAt(int step) => LearningRate.At(config with { TrainLr = TrainLr }, step, Spent) * Plateau.Factor;

    /// <summary>Returns whether all weights and averaged weights are finite.</summary>
    public bool IsFinite()
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        return Groups.All(group => double.IsFinite((group.Parameters.Values.sum() + group.Average.sum()).ToDouble()));
    }

    /// <summary>Records validation results, which may change the learning rate.</summary>
    /// <param name="measured">Results, which include the value of <c>trainer.best_by</c>, see <see cref="CheckMeasured"/>.</param>
    /// <returns>Whether this is the best model so far.</returns>
    public bool Validate(IReadOnlyDictionary<string, double> measured)
    {
        Validated = measured.ToDictionary(pair => BestMetric.ValidationPrefix + pair.Key, pair => pair.Value);
        var metric = BestMetric.Parse(config.BestBy);
        if (!metric.IsValidated)
        {
            return false;
        }

        var value = Validated[metric.Name];
        if (config.LrSchedule == LearningRateSchedule.Plateau)
        {
            Plateau = Plateau.Update(value, metric, config);
        }

        Unimproved = metric.IsClearlyBetter(value, Best) ? 0 : Unimproved + 1;
        var isBest = metric.IsBetter(value, Best);
        Best = isBest ? value : Best;
        return isBest;
    }

    /// <summary>Checks that validation measures the metric of <c>trainer.best_by</c>. Must be called before the first step.</summary>
    /// <param name="measured">See <see cref="ITrainingTask.ValidationMetrics"/>.</param>
    /// <exception cref="TinySoraException">NotMeasured.</exception>
    public static void CheckMeasured(TrainerConfig config, IReadOnlyList<string> measured)
    {
        var metric = BestMetric.Parse(config.BestBy);
        var names = measured.Select(name => BestMetric.ValidationPrefix + name).ToList();
        if (metric.IsValidated && !names.Contains(metric.Name))
        {
            throw TrainingErrors.NotMeasured(metric.Name, names);
        }
    }

    public void Dispose()
    {
        foreach (var group in Groups)
        {
            group.Dispose();
        }
    }
}
