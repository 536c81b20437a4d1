using System.Diagnostics;
using TinySora.Engine.Configuration;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Benchmarks;

/// <summary>
/// Measures the time from the start of a training on 2000 clips of 32 x 32 to the end of its first step. Only the first training decodes the clips.
/// </summary>
internal static class FirstStep
{
    public static double Seconds(bool isFirst)
    {
        var folder = ShapesFolder.Get(isNew: isFirst);
        var config = ConfigFile.Parse(Presets.Text("shapes-small"), "shapes-small");
        var start = new FirstEnd();
        var request = new TrainingRequest
        {
            Config = config, DataPath = folder, ResultsPath = Directory.CreateTempSubdirectory("tinysora-").FullName, MaxSteps = 1, Device = "cpu",
        };
        TrainingSession.Run(request, start, CancellationToken.None);
        Directory.Delete(request.ResultsPath, recursive: true);
        return start.Seconds;
    }

    private sealed class FirstEnd : ITrainingObserver
    {
        private readonly Stopwatch clock = Stopwatch.StartNew();

        public double Seconds { get; private set; }

        public void StepCompleted(TrainingStep step) => Seconds = clock.Elapsed.TotalSeconds;

        public void Progress(TrainingProgress progress)
        {
        }

        public void Message(string text)
        {
        }

        public void Warning(string text)
        {
        }
    }
}
