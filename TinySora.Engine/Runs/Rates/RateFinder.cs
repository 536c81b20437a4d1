using System.Diagnostics;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Rates;

/// <summary>
/// The learning rate range test (L. N. Smith, Cyclical Learning Rates for Training Neural Networks, 2017, section 3.3). It trains new weights while the
/// learning rate rises exponentially. The rate at which the loss falls fastest is an effective and safe choice. Nothing is saved.
/// </summary>
public static class RateFinder
{
    /// <param name="request">The training request; its folder and limits are ignored.</param>
    /// <param name="name">Name of the configuration file or preset, for the result.</param>
    /// <param name="from">Learning rate of the first step.</param>
    /// <param name="to">Learning rate of the last step.</param>
    /// <exception cref="TinySoraException">BadRates, and errors in reading the data and building the model.</exception>
    /// <exception cref="OperationCanceledException">Canceled between steps.</exception>
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
        var config = request.Seeded with
        {
            Trainer = request.Seeded.Trainer with
            {
                LrSchedule = LearningRateSchedule.Constant, WarmupSteps = 0, TrainNumSteps = steps, SaveModelEvery = int.MaxValue, SampleEvery = 0,
                SampleAt = [], ValidateEvery = 0, BestBy = BestMetric.Loss, EarlyStoppingPatience = null,
            },
        };
        var device = OpenedRun.ResolveDevice(request, config);
        RequestCheck.CheckInitial(request, config);
        using var data = RunData.Open(request, config, observer, cancellation, trainsOnly: true);
        using var run = OpenedRun.Open(request, data, device, observer, cancellation);
        try
        {
            new Trainer(run.Task, run.Trainer, run.Batches, run.State, run.Seed, sweep, cancellation)
            {
                Limits = new(steps), Outputs = new() { Save = () => "" }, Control = sweep,
            }.Run();
        }
        catch (TinySoraException e) when (e.Id == TrainingErrors.NonFiniteLossId)
        {
            // The loss may become non-finite at high learning rates, which ends the search normally.
            sweep.Diverged(run.State.TrainLr);
        }

        cancellation.ThrowIfCancellationRequested();
        return new RateSearch
        {
            Config = name, Points = [.. sweep.Points], DivergedAt = sweep.DivergedAt, Suggested = Steepest(sweep.Points),
            Lowest = sweep.Points.MinBy(point => point.Smoothed)?.Rate, Elapsed = clock.Elapsed,
        };
    }

    /// <summary>
    /// Returns the rate in the middle of the interval (an eighth of the points) over which the smoothed loss falls fastest with the logarithm of the rate;
    /// <c>null</c> if the loss never falls.
    /// </summary>
    internal static double? Steepest(IReadOnlyList<RatePoint> points)
    {
        var length = Math.Max(5, points.Count / 8);
        var stretches = Enumerable.Range(0, Math.Max(0, points.Count - length + 1))
            .Select(first => (Middle: points[first + (length / 2)].Rate, Slope: Slope(points.Skip(first).Take(length))))
            .Where(stretch => stretch.Slope < 0).ToList();
        return stretches.Count == 0 ? null : stretches.MinBy(stretch => stretch.Slope).Middle;

        double Slope(IEnumerable<RatePoint> stretch) => LineFit.Fit([.. stretch.Select(point => (Math.Log(point.Rate), point.Smoothed))]).Slope;
    }
}
