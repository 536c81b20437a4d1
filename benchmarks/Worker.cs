using System.Diagnostics;
using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Sinks;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Benchmarks;

/// <summary>One measurement of TinySora in this process, with the real trainer and sampler, on random clips.</summary>
internal static class Worker
{
    /// <summary>Name of the default preset's network with tiny tensors and the same operators, to measure the overhead of a step.</summary>
    public const string Tiny = "tiny";

    /// <summary>Name of the small preset's network, reduced until ten thousand steps take a minute or two.</summary>
    public const string Brief = "brief";

    /// <summary>Settings for training autoencoders; with the settings of their presets, a step would take minutes.</summary>
    private static readonly Dictionary<string, Dictionary<string, object>> Autoencoders = new()
    {
        ["minisora-vqvae"] = new()
        {
            ["clip.frames"] = 16, ["clip.height"] = 64, ["trainer.train_batch_size"] = 2, ["trainer.gradient_accumulate_every"] = 1,
            ["loss.low_utilization_cost"] = 0,
        },
        ["videogpt-vqvae"] = new()
        {
            ["clip.frames"] = 16, ["clip.height"] = 64, ["trainer.train_batch_size"] = 2,
        },
        ["latte-mnist-vae"] = new() { ["trainer.train_batch_size"] = 8, ["loss.disc_start"] = 0, ["loss.perceptual_weight"] = 0 },
    };

    /// <summary>Device to measure.</summary>
    public static Device Device { get; } = DeviceChoice.Resolve(Environment.GetEnvironmentVariable("TINYSORA_DEVICE") ?? "cpu");

    private static long? FreeAtFirst { get; } = IsGpu ? MemoryUse.GetFreeBytes(Device) : 0;

    /// <summary>Shape of the clips that are encoded and decoded.</summary>
    private static readonly long[] CodedClips = [1, 3, 32, 128, 128];

    /// <summary>
    /// Warm-up time, in which .NET recompiles hot methods on a thread that would otherwise compete with the measured ones. PyTorch has the same warm-up time.
    /// </summary>
    private static double WarmupSeconds => IsGpu ? 4 : 10;

    private static int Steps => IsGpu ? 40 : 8;

    private static bool IsGpu => Device.type == DeviceType.CUDA;

    private const int TinySteps = 500;
    private const int BriefSteps = 10_000;

    /// <param name="args">
    /// train, sample or clip, then a preset's name, tiny, brief or a name in <see cref="Transformers"/> or <see cref="TokenModels"/>, then float32 or
    /// bfloat16; encode or decode, an autoencoder's preset, and float32 or bfloat16; video, a preset's name, bfloat16, a sampler,
    /// and its steps; data and a preset's name; kernels, and float32 or bfloat16; or start, and first or second.
    /// </param>
    public static Measurement Run(string[] args)
    {
        if (args[0] == "start")
        {
            return new Measurement([FirstStep.Seconds(isFirst: args[1] == "first")], 0);
        }

        if (args[0] == "kernels")
        {
            return new Measurement([], 0) { Kernels = EngineThread.Run(() => KernelTimes(isNarrow: args[1] == "bfloat16")) };
        }

        if (TokenModels.Has(args[1]))
        {
            return new Measurement(EngineThread.Run(() => TokenModels.Seconds(args[0], args[1], args[2] == "bfloat16", WarmupSeconds, Steps)), PeakMib());
        }

        var config = Transformers.Has(args[1]) ? Transformers.Config(args[1])
            : Preset(args[1] switch { Tiny => "default", Brief => "shapes-small", _ => args[1] });
        if (args[0] == "data")
        {
            return new Measurement(EngineThread.Run(() => Data(config)), 0);
        }

        // Start from text vectors as the peer does: captions are encoded before training, not in the training steps.
        (config, var examples) = TrainingMeter.Synthetic(config);
        examples.Dispose();
        config = config with { Trainer = config.Trainer with { Amp = args[2] == "bfloat16" ? MixedPrecision.Always : MixedPrecision.Off, StepStartEma = 0 } };
        if (args[1] is Tiny or Brief)
        {
            config = config with
            {
                Family = config.Of<PixelUNetConfig>().Family is var own ? own with
                {
                    Model = own.Model with { Dim = 16, CondDim = 16 }, Diffusion = own.Diffusion with { Height = 8, Frames = 2 },
                } : own,
                Trainer = config.Trainer with { TrainBatchSize = 1 },
            };
        }

        var settled = 0.0;
        var seconds = EngineThread.Run(() =>
        {
            manual_seed(0);
            return args[0] switch
            {
                "train" => Train(config, args[1] switch { Tiny => TinySteps, Brief => BriefSteps, _ => Steps }, out settled),
                "encode" or "decode" => Code(config, isEncoding: args[0] == "encode"),
                "video" => Video(config, args[3], int.Parse(args[4])),
                "clip" => Sample(config, isWhole: true),
                _ => Sample(config, isWhole: false),
            };
        });
        return new Measurement(seconds, PeakMib()) { SettledMib = settled };
    }

    /// <summary>Returns the peak memory of the process; on a GPU, the memory taken since the start, which libtorch keeps.</summary>
    private static double PeakMib()
    {
        if (IsGpu)
        {
            return (FreeAtFirst - MemoryUse.GetFreeBytes(Device) ?? 0) / 1024.0 / 1024.0;
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1024.0 / 1024.0;
    }

    private static RunConfig Preset(string name)
    {
        var family = ConfigFile.FamilyOf(Presets.Text(name), name);
        var settings = Autoencoders.GetValueOrDefault(name, []).Select(setting => ConfigSetting.Create(family, setting.Key, setting.Value));
        return ConfigFile.Parse(Presets.Text(name), name, [.. settings]);
    }

    /// <summary>Encodes some micro-batches of clips, or decodes latents.</summary>
    private static double[] Code(RunConfig config, bool isEncoding)
    {
        using var clips = TrainingMeter.Synthetic(config).Examples;
        using var task = ModelFamilies.Of(config).Create(config, clips, Device);
        task.Model.eval();
        using var nothing = no_grad();
        using var pixels = rand(CodedClips, device: Device);
        using var latents = task.Codec!.Encode(pixels);
        var seconds = new List<double>();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < WarmupSeconds || seconds.Count < Steps)
        {
            var start = clock.Elapsed;
            (isEncoding ? task.Codec.Encode(pixels) : task.Codec.Decode(latents)).Dispose();
            seconds.Add((clock.Elapsed - start).TotalSeconds);
        }

        return [.. seconds.TakeLast(Steps)];
    }

    private static GenerationSettings Asked(params (string Name, object Value)[] settings) =>
        new() { Values = settings.ToDictionary(setting => setting.Name, setting => setting.Value) };

    private static KernelTime[] KernelTimes(bool isNarrow)
    {
        using var precision = Precision.Use(isNarrow);
        return [.. KernelCase.All.Select(kernelCase => kernelCase.Measure())];
    }

    /// <param name="settled">Peak memory after a tenth of the steps, in MiB.</param>
    private static double[] Train(RunConfig config, int steps, out double settled)
    {
        using var clips = TrainingMeter.Synthetic(config).Examples;
        using var task = ModelFamilies.Of(config).Create(config, clips, Device);
        using var state = new TrainingState(task, config.Trainer);
        var batches = new BatchSequence(clips, config.Trainer.TrainBatchSize, seed: 0, Device);
        var log = new StepEnds();
        var metrics = Path.GetTempFileName();
        var warmup = Stopwatch.StartNew();
        while (warmup.Elapsed.TotalSeconds < WarmupSeconds)
        {
            Run(state.Step + 2);
        }

        var first = state.Step;
        Run(first + (steps / 10));
        settled = PeakMib();

        var clock = Stopwatch.StartNew();
        Run(first + steps);
        File.Delete(metrics);
        if (IsGpu)
        {
            // The trainer finishes its step after this, and the end of the run waits for it.
            return [clock.Elapsed.TotalSeconds / (steps - (steps / 10))];
        }

        return [.. log.Ends.Zip(log.Ends.Skip(1), (start, end) => end - start).Skip(first - 1)];

        void Run(int lastStep) => new Trainer(task, config.Trainer, batches, state, seed: 0, log, CancellationToken.None)
        {
            Limits = new(lastStep), Outputs = new() { Metrics = new MetricsFile(metrics), Save = () => "" },
        }.Run();
    }

    /// <summary>Loads the micro-batches of two epochs of decoded clips, one after the other like a training.</summary>
    private static double[] Data(RunConfig config)
    {
        using var dataset = ModelFamilies.Of(config).Open(config, ShapesFolder.Get(isNew: false), null, CancellationToken.None);
        var size = config.Trainer.TrainBatchSize;
        var batches = new BatchSequence(dataset, size, seed: 0, Device);
        var clock = new Stopwatch();
        return
        [
            .. Enumerable.Range(0, 2 * dataset.Count / size).Select(number =>
            {
                clock.Restart();
                batches.Load(number).Dispose();
                return clock.Elapsed.TotalSeconds;
            }),
        ];
    }

    /// <summary>Samples one clip with guidance after a warm-up: its single steps, or a few whole clips including the work before their first step.</summary>
    private static double[] Sample(RunConfig config, bool isWhole)
    {
        using var clips = TrainingMeter.Synthetic(config).Examples;
        using var task = ModelFamilies.Of(config).Create(config, clips, Device);
        task.Model.eval();
        var model = task.Video!;
        var plan = model.Resolve(Asked((Setting.GuidanceScale, 2.0)));
        ClipPrompt[] prompts =
        [
            new(0)
            {
                Text = clips.Captions[0],
                Vector = config.Family is PixelUNetConfig { Model.VectorWidth: int width } ? new float[width] : null,
            },
        ];
        var times = new StepTimes();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < WarmupSeconds)
        {
            SampleOnce();
        }

        if (!isWhole && IsGpu)
        {
            return [SampleOnce() / times.Seconds.Count];
        }

        return isWhole ? [.. Enumerable.Range(0, 3).Select(_ => SampleOnce())] : [.. times.Seconds];

        double SampleOnce()
        {
            var start = clock.Elapsed;
            times.Restart();
            model.Sample(plan, prompts, times, CancellationToken.None).Dispose();
            return (clock.Elapsed - start).TotalSeconds;
        }
    }

    /// <summary>Generates a GIF from a prompt three times; the first is the warm-up.</summary>
    private static double[] Video(RunConfig config, string sampler, int steps)
    {
        using var clips = TrainingMeter.Synthetic(config).Examples;
        using var task = ModelFamilies.Of(config).Create(config, clips, Device);
        task.Model.eval();
        var model = task.Video!;
        var path = Path.Combine(Path.GetTempPath(), $"tinysora-{Environment.ProcessId}.gif");
        var seconds = new List<double>();
        for (var run = 0; run < 3; run++)
        {
            var clock = Stopwatch.StartNew();
            var plan = model.Resolve(Asked((Setting.Steps, run == 0 ? 2 : steps), (Setting.Sampler, sampler)));
            using var clip = model.Sample(plan, ClipPrompt.FromTexts([clips.Captions[0]], run), null, CancellationToken.None);
            ClipFile.Write(path, ClipTensor.FromTensor(clip.squeeze(0)));
            seconds.Add(clock.Elapsed.TotalSeconds);
        }

        File.Delete(path);
        return [.. seconds.Skip(1)];
    }
}
