using TinySora.Engine.Training;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Runs.Rates;

/// <summary>Sets the learning rate of each step of a search and ends the search when the loss has risen far above its minimum.</summary>
internal sealed class RateSweep(double from, double to, int steps, ITrainingObserver observer) : ITrainingControl, ITrainingObserver
{
    /// <summary>Decay of the smoothed loss.</summary>
    private const double Memory = 0.95;

    /// <summary>Ratio of the smoothed loss to its minimum above which the search ends.</summary>
    private const double Most = 4;

    /// <summary>Minimum number of steps before the search can end, because the mean of only a few losses is unreliable.</summary>
    private const int Fewest = 10;

    private readonly List<RatePoint> points = [];
    private double sum;
    private double weight;

    public IReadOnlyList<RatePoint> Points => points;

    public double? DivergedAt { get; private set; }

    public bool IsPaused => false;

    public bool IsStopped => DivergedAt is not null;

    public void HandleRequests(TrainingState state, Func<string> save, Action report) =>
        state.TrainLr = from * Math.Pow(to / from, (double)state.Step / Math.Max(1, steps - 1));

    public void StepCompleted(TrainingStep step)
    {
        if (IsStopped)
        {
            return;
        }

        // Exponential moving average without the bias from its start at 0 (D. P. Kingma and J. Ba, Adam, 2015, section 3).
        sum = (Memory * sum) + ((1 - Memory) * step.Loss);
        weight = (Memory * weight) + (1 - Memory);
        points.Add(new RatePoint(step.Step, step.LearningRate, step.Loss, sum / weight));
        if (points.Count > Fewest && points[^1].Smoothed > Most * points.Skip(Fewest / 2).Min(point => point.Smoothed))
        {
            Diverged(step.LearningRate);
        }
    }

    public void Diverged(double rate) => DivergedAt ??= rate;

    public void Starting(string what) => observer.Starting(what);

    public void Progress(TrainingProgress progress) => observer.Progress(progress);

    public void Announce(string text) => observer.Announce(text);

    public void Message(string text) => observer.Message(text);

    /// <summary>Reports a warning as a message, because skipped steps at the end of the search are expected.</summary>
    public void Warning(string text) => observer.Message(text);
}
