using System.Diagnostics;
using System.Security.Cryptography;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs;

/// <summary>
/// The learning rate range test (L. N. Smith, Cyclical Learning Rates for Training Neural Networks, 2017, section 3.3): trains from fresh
/// weights while the rate rises exponentially. Where the loss falls fastest is a rate that learns and is safe. Nothing is saved.
/// </summary>
public static class RateFinder
{
    /// <param name="request">Where and until when it trains is passed over.</param>
    /// <param name="name">Of the configuration.</param>
    /// <param name="from">The rate of the first step.</param>
    /// <param name="to">The rate of the last.</param>
    /// <exception cref="TinySoraException">BadRates, and what reading the data and building the model may throw.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two steps.</exception>
    public static RateSearch Find(
        TrainingRequest request, string name, double from, double to, int steps, ITrainingObserver observer, CancellationToken cancellation)
    {
        if (!(from > 0 && to > from && double.IsFinite(to)))
        {
            throw TrainingErrors.BadRates(from, to);
        }

        return EngineThread.Run(() => Run(request, name, new RateSweep(from, to, steps, observer), steps, observer, cancellation));
    }

    private static RateSearch Run(
        TrainingRequest request, string name, RateSweep sweep, int steps, ITrainingObserver observer, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var device = DeviceChoice.Resolve(request.Device);
        var config = request.Seeded with
        {
            Trainer = request.Seeded.Trainer with
            {
                LrSchedule = LearningRateSchedule.Constant, WarmupSteps = 0, TrainNumSteps = steps, SaveModelEvery = int.MaxValue, SampleEvery = 0,
                ValidateEvery = 0, BestBy = BestMetric.Loss, EarlyStoppingPatience = null,
            },
        };
        var family = ModelFamilies.Of(config);
        family.CheckCompanions(config, request.DataFolder);
        observer.Starting("reading the clips");
        using var data = new RunExamples(family, config, request.DataFolder, observer).OpenTraining(cancellation);
        foreach (var note in data.Notes.Where(note => note.IsWarning))
        {
            observer.Warning(note.Text);
        }

        observer.Starting("building the model");
        var trainer = config.Trainer;
        var seed = trainer.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        using var task = TaskBuilder.Build(request, config, null, data, seed, device, observer);
        if (task.Prepare(data, new ItemReport(observer, "Encoded", "captions"), cancellation) is string problem)
        {
            observer.Warning(problem);
        }

        using var state = new TrainingState(task, trainer);
        var batches = new BatchSequence(data, trainer, seed, device);
        var metrics = Path.GetTempFileName();
        try
        {
            new Trainer(task, trainer, batches, state, seed) { Save = () => "", Control = sweep }.Run(steps, null, metrics, sweep, cancellation);
        }
        catch (TinySoraException e) when (e.Id == "TinySora.Training.NonFiniteLoss")
        {
            // That the loss is no number any more is what the search goes up to, and where it ends.
            sweep.Diverged(state.TrainLr);
        }
        finally
        {
            File.Delete(metrics);
        }

        cancellation.ThrowIfCancellationRequested();
        return new RateSearch
        {
            Config = name, Points = [.. sweep.Points], DivergedAt = sweep.DivergedAt, Suggested = Steepest(sweep.Points),
            Lowest = sweep.Points.MinBy(point => point.Smoothed)?.Rate, Elapsed = clock.Elapsed,
        };
    }

    /// <summary>
    /// The rate in the middle of the stretch, an eighth of the points long, over which the smoothed loss falls fastest with the logarithm of
    /// the rate; null where it falls on none.
    /// </summary>
    internal static double? Steepest(IReadOnlyList<RatePoint> points)
    {
        var length = Math.Max(5, points.Count / 8);
        var stretches = Enumerable.Range(0, Math.Max(0, points.Count - length + 1))
            .Select(first => (Middle: points[first + (length / 2)].Rate, Slope: Slope([.. points.Skip(first).Take(length)])))
            .Where(stretch => stretch.Slope < 0).ToList();
        return stretches.Count == 0 ? null : stretches.MinBy(stretch => stretch.Slope).Middle;
    }

    /// <summary>By least squares.</summary>
    private static double Slope(IReadOnlyList<RatePoint> points)
    {
        var (x, y) = (points.Average(point => Math.Log(point.Rate)), points.Average(point => point.Smoothed));
        return points.Sum(point => (Math.Log(point.Rate) - x) * (point.Smoothed - y)) / points.Sum(point => Math.Pow(Math.Log(point.Rate) - x, 2));
    }
}
