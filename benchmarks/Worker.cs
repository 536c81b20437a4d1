using System.Diagnostics;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Benchmarks;

/// <summary>One measurement of ours in this process: the trainer and the sampler themselves, on random clips.</summary>
internal static class Worker
{
    private const int Warmup = 2;
    private const int Steps = 8;
    private const int Clips = 64;

    /// <param name="args">train or sample, a preset's name, float32 or bfloat16.</param>
    public static Measurement Run(string[] args)
    {
        var config = ConfigFile.Parse(Presets.Text(args[1]), args[1]);
        config = config with
        {
            // The peer starts from text vectors too: captions are encoded before training, not in its steps.
            Model = config.Model.EffectiveTextEncoder == "bert"
                ? config.Model with { TextEncoder = "none", CondDim = 768 }
                : config.Model,
            Trainer = config.Trainer with { Amp = args[2] == "bfloat16", StepStartEma = 0, SaveModelEvery = int.MaxValue },
        };
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
        using var task = DiffusionTask.Create(config, Captions, CPU);
        using var state = new TrainingState(task.Model, config.Trainer);
        var trainer = new Trainer(task, config.Trainer, Batches(config), state, seed: 0) { Save = () => "" };
        var log = new StepEnds();
        var metrics = Path.GetTempFileName();
        trainer.Run(Warmup + Steps, null, metrics, log, CancellationToken.None);
        File.Delete(metrics);
        return [.. log.Ends.Zip(log.Ends.Skip(1), (start, end) => end - start).Skip(Warmup - 1)];
    }

    /// <summary>Guided DDPM sampling of one clip, the published T = 10 steps, twice; the first is the warm-up.</summary>
    private static double[] Sample(RunConfig config)
    {
        using var task = DiffusionTask.Create(config, Captions, CPU);
        task.Model.eval();
        var request = new SampleRequest([Captions[0]], [0], GuidanceScale: 2)
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

    private static string[] Captions { get; } = [.. ShapesWorld.Training.Select(ShapesWorld.Caption)];

    private static BatchSequence Batches(RunConfig config)
    {
        var diffusion = config.Diffusion;
        var clips = rand([Clips, config.Model.Channels, diffusion.NumFrames, diffusion.ImageSize, diffusion.ImageSize]);
        return new BatchSequence(
            Clips, config.Trainer.TrainBatchSize, seed: 0, flip: false, epoch => ClipDataset.Order(0, epoch, Clips),
            indices => new Batch(
                clips.index_select(0, tensor(indices.Select(i => (long)i).ToArray())),
                [.. indices.Select(i => Captions[i])],
                [.. indices.Select(i => $"{i}")])
            {
                Vectors = config.Model.VectorWidth is int width ? [.. indices.Select(_ => new float[width])] : null,
            });
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
