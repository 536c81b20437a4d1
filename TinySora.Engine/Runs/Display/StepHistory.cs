using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Display;

/// <summary>The steps of a run, reduced to at most 1000 points by merging adjacent ones.</summary>
internal sealed class StepHistory
{
    private const int MaxPoints = 1000;

    private readonly List<Point> points = [];
    private readonly SortedDictionary<string, Series> scalars = new(StringComparer.Ordinal);
    private int stepsPerPoint = 1;
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
    public IEnumerable<(double X, double Y)> Loss => points.Select(point => ((double)point.Step, point.Loss / point.Count));

    /// <summary>Points of the smoothed loss curve. The smoothed loss is the value that checkpoints and Get-TinySoraRun show.</summary>
    public IEnumerable<(double X, double Y)> SmoothedLoss => points.Select(point => ((double)point.Step, point.Smoothed));

    public IEnumerable<(double X, double Y)> Rate => points.Select(point => ((double)point.Step, point.Count / point.Seconds));

    public IEnumerable<(double X, double Y)> LearningRate => points.Select(point => ((double)point.Step, point.LearningRate));

    /// <summary>Curves of all other metrics by name. A metric may be measured at every step or only at some steps.</summary>
    public IEnumerable<(string Name, IReadOnlyList<(double X, double Y)> Points)> Scalars =>
        scalars.Select(series => (series.Key, series.Value.Points));

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
        var next = new Point(step.Step, step.Loss, smoothed.Value, 1 / Math.Max(step.ClipsPerSecond, 1e-9), step.LearningRate, 1);
        if (points is [.., var last] && last.Count < stepsPerPoint)
        {
            points[^1] = last.Join(next);
        }
        else
        {
            points.Add(next);
        }

        if (points.Count > MaxPoints)
        {
            var joined = points.Chunk(2).Select(pair => pair is [var first, var second] ? first.Join(second) : pair[0]).ToList();
            points.Clear();
            points.AddRange(joined);
            stepsPerPoint *= 2;
        }
    }

    private void AddScalar(string name, int step, double value)
    {
        if (!scalars.TryGetValue(name, out var series))
        {
            scalars[name] = series = new Series();
        }

        series.Add(step, value);
    }

    /// <summary>Values of a metric. If there are more values than the limit, only the last of several adjacent values is kept.</summary>
    private sealed class Series
    {
        private readonly List<(double X, double Y)> points = [];
        private int valuesPerPoint = 1;
        private int valuesOfLast = 1;

        public IReadOnlyList<(double X, double Y)> Points => points;

        public void Add(int step, double value)
        {
            if (valuesOfLast < valuesPerPoint)
            {
                points[^1] = (step, value);
                valuesOfLast++;
                return;
            }

            points.Add((step, value));
            valuesOfLast = 1;
            if (points.Count > MaxPoints)
            {
                (double, double)[] kept = [.. points.Chunk(2).Select(pair => pair[^1])];
                points.Clear();
                points.AddRange(kept);
                valuesPerPoint *= 2;
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
