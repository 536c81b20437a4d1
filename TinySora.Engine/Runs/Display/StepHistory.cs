using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Display;

/// <summary>The steps of a run, reduced to at most 1000 points by merging adjacent ones.</summary>
internal sealed class StepHistory
{
    private const int MaxPoints = 1000;

    private readonly Thinned<Point> points = new((first, second) => first.Join(second));
    private readonly SortedDictionary<string, Thinned<(double X, double Y)>> scalars = new(StringComparer.Ordinal);
    private double? smoothed;

    public StepHistory(IEnumerable<TrainingStep> steps)
    {
        foreach (var step in steps)
        {
            Add(step);
        }
    }

    /// <summary>Number of the last step that was added; 0 if there is none.</summary>
    public int LastStep { get; private set; }

    public double ClipsPerSecond { get; private set; }

    /// <summary>Training time up to the last step.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Points of the loss curve: the last step of each point, and the mean loss over the point's steps.</summary>
    public IEnumerable<(double X, double Y)> Loss => points.Items.Select(point => ((double)point.Step, point.Loss / point.Count));

    /// <summary>Points of the smoothed loss curve. The smoothed loss is the value that checkpoints and Get-TinySoraRun show.</summary>
    public IEnumerable<(double X, double Y)> SmoothedLoss => points.Items.Select(point => ((double)point.Step, point.Smoothed));

    public IEnumerable<(double X, double Y)> Rate => points.Items.Select(point => ((double)point.Step, point.Count / point.Seconds));

    public IEnumerable<(double X, double Y)> LearningRate => points.Items.Select(point => ((double)point.Step, point.LearningRate));

    /// <summary>
    /// Curves of all other metrics by name. A metric may be measured at every step or only at some steps. Of several merged values, the last one is kept.
    /// </summary>
    public IEnumerable<(string Name, IReadOnlyList<(double X, double Y)> Points)> Scalars =>
        scalars.Select(series => (series.Key, series.Value.Items));

    public void Add(TrainingStep step)
    {
        foreach (var (name, value) in step.Scalars ?? [])
        {
            AddScalar(name, step.Step, value);
        }

        LastStep = step.Step;
        ClipsPerSecond = step.ClipsPerSecond;
        Elapsed = step.Elapsed;
        smoothed = Smoothing.Next(smoothed, step.Loss);

        // Divide total clips by total seconds, so that the mean over slow and fast steps is correct.
        points.Add(new Point(step.Step, step.Loss, smoothed.Value, 1 / Math.Max(step.ClipsPerSecond, 1e-9), step.LearningRate, 1));
    }

    private void AddScalar(string name, int step, double value)
    {
        if (!scalars.TryGetValue(name, out var series))
        {
            scalars[name] = series = new((_, later) => later);
        }

        series.Add((step, value));
    }

    /// <summary>
    /// A list that is halved, by joining adjacent items, whenever it exceeds the limit. After that, each item combines as many values as the joined ones.
    /// </summary>
    private sealed class Thinned<T>(Func<T, T, T> join)
    {
        private readonly List<T> items = [];
        private int valuesPerItem = 1;
        private int valuesOfLast;

        public IReadOnlyList<T> Items => items;

        public void Add(T value)
        {
            if (items.Count > 0 && valuesOfLast < valuesPerItem)
            {
                items[^1] = join(items[^1], value);
                valuesOfLast++;
                return;
            }

            items.Add(value);
            valuesOfLast = 1;
            if (items.Count > MaxPoints)
            {
                T[] joined = [.. items.Chunk(2).Select(pair => pair is [var first, var second] ? join(first, second) : pair[0])];
                items.Clear();
                items.AddRange(joined);
                valuesPerItem *= 2;
            }
        }
    }

    /// <summary>Sums over the steps of a point, and the values after the last of these steps.</summary>
    private sealed record Point(int Step, double Loss, double Smoothed, double Seconds, double LearningRate, int Count)
    {
        public Point Join(Point later) => later with
        {
            Loss = Loss + later.Loss, Seconds = Seconds + later.Seconds, Count = Count + later.Count,
        };
    }
}
