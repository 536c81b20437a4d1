using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Studio;

/// <summary>Creates the folders of two runs: 2000 steps with losses of a known form, and pictures at four of them.</summary>
internal sealed class TwoRuns : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    public TwoRuns(string? second = null)
    {
        Write("adamw", 0.9, 0.004);
        Write(second ?? Odd, 0.7, 0.002);
    }

    /// <summary>Name of the second run, with characters that a page must escape; Windows allows fewer of them in names.</summary>
    public static string Odd { get; } = OperatingSystem.IsWindows() ? "b 'i'&amp;" : "b <i>&";

    public string Folder => temporary.File("runs");

    public void Dispose() => temporary.Dispose();

    private void Write(string name, double begin, double rate)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
        var random = new Random(1);
        new MetricsFile(Path.Combine(folder, MetricsFile.Name)).Write(
        [
            .. Enumerable.Range(1, 2000).Select(step => new TrainingStep(
                step, 0.02 + (begin * Math.Exp(-rate * step) * (0.8 + (0.4 * random.NextDouble()))), 0.001, 1, 40, TimeSpan.FromSeconds(step * 0.4))
            {
                Tflop = step * 0.05, Scalars = step % 100 == 0 ? new() { ["val.loss"] = begin * Math.Exp(-rate * step) } : null,
            }),
        ]);
        new RunStatus { State = RunState.Completed, Step = 2000, TotalSteps = 2000, Loss = 0.02, Device = "cpu", StartedAt = DateTimeOffset.Now, UpdatedAt = DateTimeOffset.Now }.Write(folder);
        foreach (var step in (int[])[500, 1000, 1500, 2000])
        {
            var pixels = Enumerable.Range(0, 4 * 32 * 32).SelectMany(at => Ball(at, step, name.Length)).ToArray();
            ClipFile.Write(Path.Combine(folder, $"sample-{step:D8}.gif"), ContactSheet.Grid([.. Enumerable.Repeat(new Clip(pixels, 4, 32, 32, 3), 4)], 2, 2));
        }
    }

    /// <summary>Draws a ball that moves right, clearer with more steps.</summary>
    private static byte[] Ball(int at, int step, int color)
    {
        var (frame, y, x) = (at / 1024, at / 32 % 32, at % 32);
        var inside = Math.Pow(x - 8 - (5 * frame), 2) + Math.Pow(y - 16, 2) < 40;
        var value = (byte)(inside ? 55 + (step / 10) : 20);
        return color % 2 == 0 ? [value, 40, 40] : [30, value, 60];
    }
}
