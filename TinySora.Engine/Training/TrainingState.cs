using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>Everything that a training step changes; what a checkpoint holds besides its description.</summary>
public sealed class TrainingState : IDisposable
{
    private const string MeanPrefix = "optimizer.exp_avg.";
    private const string MeanSquarePrefix = "optimizer.exp_avg_sq.";

    private readonly nn.Module model;
    private readonly TrainerConfig config;

    /// <param name="model">On its final device.</param>
    public TrainingState(nn.Module model, TrainerConfig config)
    {
        this.model = model;
        this.config = config;
        TrainLr = config.TrainLr;
        Parameters = new FlatParameters(model);
        Optimizer = new FlatOptimizer(Parameters, config);
        using var scope = NewDisposeScope();
        Average = Parameters.Values.clone().DetachFromDisposeScope();
    }

    /// <summary>Bytes that the state of a model takes: its parameters, gradients, two moments and the average.</summary>
    public static long SizeInBytes(nn.Module model) => 5 * sizeof(float) * FlatParameters.Length(model);

    public FlatParameters Parameters { get; }

    public FlatOptimizer Optimizer { get; }

    /// <summary>Exponential moving average of the parameters, laid out like them.</summary>
    public Tensor Average { get; }

    /// <summary>Optimizer steps completed.</summary>
    public int Step { get; set; }

    /// <summary>The loss, smoothed over some fifty steps; null before the first.</summary>
    public double? Loss { get; set; }

    /// <summary>Training time so far, over all resumptions.</summary>
    public TimeSpan Elapsed { get; set; }

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
    public double LearningRateAt(int step) => LearningRate.At(config with { TrainLr = TrainLr }, step);

    /// <summary>Whether weights and average hold no infinity and no NaN.</summary>
    public bool IsFinite()
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        return double.IsFinite((Parameters.Values.sum() + Average.sum()).ToDouble());
    }

    /// <summary>
    /// Called after each optimizer step: before step_start_ema the average is a copy of the parameters, from then on
    /// beta * average + (1 - beta) * parameters; both every update_ema_every steps.
    /// </summary>
    /// <param name="step">Steps completed before this one, from 0.</param>
    public void UpdateAverage(int step)
    {
        if (step % config.UpdateEmaEvery != 0)
        {
            return;
        }

        using var nothing = no_grad();
        if (step < config.StepStartEma)
        {
            Average.copy_(Parameters.Values);
        }
        else
        {
            Average.mul_(config.EmaDecay).add_(Parameters.Values, alpha: 1 - config.EmaDecay);
        }
    }

    /// <summary>Runs <paramref name="work"/> while the model has the averaged weights.</summary>
    public void WithAverage(Action work)
    {
        using var nothing = no_grad();
        using var trained = Parameters.Values.clone();
        Parameters.Values.copy_(Average);
        model.eval();
        try
        {
            work();
        }
        finally
        {
            Parameters.Values.copy_(trained);
            model.train();
        }
    }

    /// <summary>All tensors of a checkpoint by name; views that the caller's dispose scope owns.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Tensors() =>
    [
        .. model.state_dict().Select(item => (ModelWeights.ModelPrefix + item.Key, item.Value)),
        .. Named(ModelWeights.EmaPrefix, Average),
        .. Moments(),
    ];

    /// <summary>Whether a checkpoint holds the optimizer's moments; imported and exported ones do not.</summary>
    public static bool HasMoments(SafetensorsFile file) =>
        file.Tensors.Keys.Any(name => name.StartsWith(MeanPrefix, StringComparison.Ordinal));

    /// <summary>Takes weights, average and optimizer state from a checkpoint of the same model; moments that it lacks begin anew.</summary>
    /// <exception cref="TinySoraException">OtherModel, MissingTensor.</exception>
    public void Restore(SafetensorsFile file, int step)
    {
        ModelWeights.Load(file, model, averaged: false);
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var averages = ModelWeights.Of(file, averaged: true);
        foreach (var (name, view) in Parameters.Views(Average))
        {
            averages[name].CopyTo(view);
        }

        Step = step;
        if (!HasMoments(file))
        {
            MomentsSince = step;
            Optimizer.Mean.zero_();
            Optimizer.MeanSquare.zero_();
            return;
        }

        foreach (var (name, view) in Moments())
        {
            file.CopyTo(name, view);
        }
    }

    public void Dispose()
    {
        Average.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
    }

    private IEnumerable<(string Name, Tensor Tensor)> Moments() =>
        Named(MeanPrefix, Optimizer.Mean).Concat(Named(MeanSquarePrefix, Optimizer.MeanSquare));

    private IEnumerable<(string Name, Tensor Tensor)> Named(string prefix, Tensor flat) =>
        Parameters.Views(flat).Select(item => (prefix + item.Name, item.View));
}
