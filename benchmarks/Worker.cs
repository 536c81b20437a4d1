using System.Diagnostics;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Cost;
using static TorchSharp.torch;

namespace TinySora.Benchmarks;

/// <summary>One measurement of ours in this process: the trainer and the sampler themselves, on random clips.</summary>
internal static class Worker
{
    private const int Warmup = 2;
    private const int Steps = 8;

    /// <param name="args">train or sample, a preset's name, float32 or bfloat16.</param>
    public static Measurement Run(string[] args)
    {
        var config = ConfigFile.Parse(Presets.Text(args[1]), args[1]);

        // The peer starts from text vectors too: captions are encoded before training, not in its steps.
        config = SyntheticClips.Stripped(config);
        config = config with { Trainer = config.Trainer with { Amp = args[2] == "bfloat16", StepStartEma = 0 } };
        var seconds = EngineThread.Run(() =>
        {
            manual_seed(0);
            return args[0] == "train" ? Train(config) : Sample(config);
        });
        using var process = Process.GetCurrentProcess();
        return new Measurement(seconds, process.PeakWorkingSet64 / 1024.0 / 1024.0);
    }

    private static double[] Train(RunConfig config)
    {
        using var task = DiffusionTask.Create(config, SyntheticClips.Captions, CPU);
        using var state = new TrainingState(task.Model, config.Trainer);
        using var clips = new SyntheticClips(config, CPU);
        var trainer = new Trainer(task, config.Trainer, clips.Batches(config.Trainer.TrainBatchSize), state, seed: 0) { Save = () => "" };
        var log = new StepEnds();
        var metrics = Path.GetTempFileName();
        trainer.Run(Warmup + Steps, null, metrics, log, CancellationToken.None);
        File.Delete(metrics);
        return [.. log.Ends.Zip(log.Ends.Skip(1), (start, end) => end - start).Skip(Warmup - 1)];
    }

    /// <summary>Guided DDPM sampling of one clip, the published T = 10 steps, twice; the first is the warm-up.</summary>
    private static double[] Sample(RunConfig config)
    {
        using var task = DiffusionTask.Create(config, SyntheticClips.Captions, CPU);
        task.Model.eval();
        var request = new SampleRequest([SyntheticClips.Captions[0]], [0], GuidanceScale: 2)
        {
            Vectors = config.Model.VectorWidth is int width ? [new float[width]] : null,
        };
        var times = new StepTimes();
        for (var run = 0; run < 2; run++)
        {
            times.Restart();
            task.Sample(request, times, CancellationToken.None).Dispose();
        }

        return [.. times.Seconds];
    }

    /// <summary>Seconds between the reports of a sampler.</summary>
    private sealed class StepTimes : IProgress<int>
    {
        private readonly Stopwatch clock = new();

        public List<double> Seconds { get; } = [];

        public void Restart()
        {
            Seconds.Clear();
            clock.Restart();
        }

        public void Report(int value)
        {
            Seconds.Add(clock.Elapsed.TotalSeconds);
            clock.Restart();
        }
    }

    private sealed class StepEnds : ITrainingObserver
    {
        public List<double> Ends { get; } = [];

        public void Stepped(TrainingStep step) => Ends.Add(step.Elapsed);

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
