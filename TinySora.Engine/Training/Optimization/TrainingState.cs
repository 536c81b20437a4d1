using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>Everything that a training step changes; what a checkpoint holds besides its description.</summary>
public sealed class TrainingState : IDisposable
{
    private readonly TrainerConfig config;

    /// <param name="task">Its model on its final device.</param>
    /// <param name="config">Its spans in steps.</param>
    public TrainingState(ITrainingTask task, TrainerConfig config)
        : this(task.Model, config, task.Groups)
    {
    }

    /// <param name="model">On its final device.</param>
    /// <param name="groups">Null: one of all parameters.</param>
    public TrainingState(nn.Module model, TrainerConfig config, IReadOnlyList<ParameterGroup>? groups = null)
    {
        Model = model;
        this.config = config;
        TrainLr = config.TrainLr;
        Groups = [.. (groups ?? [ParameterGroup.All]).Select(group => new OptimizedGroup(group, model, config))];
        Ema = new(model, Groups, config);
    }

    /// <summary>Bytes that the state of a model takes: its parameters, gradients, average, and what the optimizer remembers.</summary>
    public static long SizeInBytes(nn.Module model) =>
        (3 + OptimizerChoice.States) * sizeof(float) * FlatParameters.Length(model);

    /// <summary>The model that is trained.</summary>
    public nn.Module Model { get; }

    /// <summary>The groups of parameters, in the order of their turns within a step.</summary>
    public IReadOnlyList<OptimizedGroup> Groups { get; }

    /// <summary>The moving average of the parameters, which samples are drawn with.</summary>
    public ExponentialMovingAverage Ema { get; }

    /// <summary>The device that the model computes on.</summary>
    public Device Device => Groups[0].Parameters.Values.device;

    /// <summary>The number of trained values, with those that fill up the cache lines between parameters.</summary>
    public long Length => Groups.Sum(group => group.Parameters.Values.numel());

    /// <summary>The number of completed optimizer steps.</summary>
    public int Step { get; set; }

    /// <summary>The loss, smoothed over some fifty steps; null before the first.</summary>
    public double? Loss { get; set; }

    /// <summary>What the last validation measured, by names that begin with <c>val.</c>; empty when it was not at this step.</summary>
    public IReadOnlyDictionary<string, double> Validated { get; set; } = new Dictionary<string, double>();

    /// <summary>The end of the process cut off what was due after this step: its validation, its picture, or both.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>The rows of trainer.keep_if that the present weights pass and fail; null: the run has none.</summary>
    public RowResults? Rows { get; set; }

    /// <summary>The best value of trainer.best_by that a validation gave; null: none did.</summary>
    public double? Best { get; set; }

    /// <summary>Validations since one was better than all before by more than a ten-thousandth.</summary>
    public int Unimproved { get; set; }

    /// <summary>Whether so many validations in a row brought nothing better that training shall end.</summary>
    public bool HasStalled => Unimproved >= config.EarlyStoppingPatience;

    public PlateauSchedule Plateau { get; set; } = new();

    /// <summary>The metric that decides on <see cref="Best"/> and <see cref="Plateau"/>: <c>trainer.best_by</c>.</summary>
    public string BestBy => config.BestBy;

    /// <summary>The training time so far, over all resumptions.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>The time of trainer.train_minutes that is spent, over all resumptions: with reading the data and all else that is no training.</summary>
    public TimeSpan Spent { get; set; }

    /// <summary>
    /// Floating-point operations of training so far, over all resumptions and with those that the weights and autoencoder it began with took:
    /// three for each of the forward pass. Null: a checkpoint that it goes back to does not tell its own.
    /// </summary>
    public double? Flops { get; set; } = 0;

    /// <summary>The last so many steps were skipped, because their loss or gradient was not finite.</summary>
    public int SkippedInARow { get; set; }

    /// <summary>How often the run went back to a checkpoint; decides which batches and which noise follow.</summary>
    public int Rollbacks { get; set; }

    /// <summary>
    /// Steps completed when the optimizer's moments began: 0, or the step of a checkpoint that came without any. The bias
    /// correction counts from there.
    /// </summary>
    public int MomentsSince { get; set; }

    /// <summary>The rate that warm-up and schedule are a share of: the configuration's train_lr, or what was set while it trained.</summary>
    public double TrainLr { get; set; }

    /// <param name="step">Steps completed before the one that takes the rate, from 0.</param>
    public double LearningRateAt(int step) => LearningRate.At(config with { TrainLr = TrainLr }, step, Spent) * Plateau.Factor;

    /// <summary>Whether weights and average hold no infinity and no NaN.</summary>
    public bool IsFinite()
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        return Groups.All(group => double.IsFinite((group.Parameters.Values.sum() + group.Average.sum()).ToDouble()));
    }

    /// <summary>Takes what a validation measured: the rate may follow it.</summary>
    /// <param name="measured">With the value that trainer.best_by names, see <see cref="CheckMeasured"/>.</param>
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
            Plateau = Plateau.After(value, metric, config);
        }

        Unimproved = metric.IsClearlyBetter(value, Best) ? 0 : Unimproved + 1;
        var isBest = metric.IsBetter(value, Best);
        Best = isBest ? value : Best;
        return isBest;
    }

    /// <summary>Looks, before the first step, whether validations measure what tells the best model.</summary>
    /// <param name="measured">See <see cref="ITrainingTask.Measured"/>.</param>
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
