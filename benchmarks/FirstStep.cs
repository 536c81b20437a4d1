using System.Diagnostics;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Training;

namespace TinySora.Benchmarks;

/// <summary>How long a training of 2 000 clips of 32 x 32 takes until its first step: decoding them is paid once.</summary>
internal static class FirstStep
{
    public static double Seconds(bool isFirst)
    {
        var folder = Path.Combine(Path.GetTempPath(), "tinysora-benchmark-2000");
        if (isFirst)
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            _ = DatasetWriter.Draw(folder, DatasetKinds.Shapes, new DrawOptions { Count = 2000, Size = 32, Frames = 5 }).Count();
        }

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

        public void Stepped(TrainingStep step) => Seconds = clock.Elapsed.TotalSeconds;

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
