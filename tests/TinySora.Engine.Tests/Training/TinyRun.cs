using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Training;

/// <summary>A real model small enough to train in a test, with a dataset.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TinyRun() => Assert.Equal(6, DatasetWriter.Draw(Data, DatasetKinds.Shapes, new DrawOptions { Count = 6, Seed = 1, Size = 16, Frames = 2, IncludeHeldOut = true }).Count());

    public static RunConfig Config { get; } = new()
    {
        Family = new PixelUNetConfig { Model = new ModelConfig { Dim = 8, DimMults = [1, 2], AttnHeads = 2, AttnDimHead = 8, TextEncoder = TextEncoderKind.Learned, CondDim = 16, InitKernelSize = 3 }, Diffusion = new DiffusionConfig { Height = 16, Frames = 2, Timesteps = 10, Sampler = SamplerKind.Ddim, SamplingSteps = 2 } },
        Trainer = new TrainerConfig { TrainBatchSize = 2, SaveModelEvery = 2, TrainNumSteps = 4, Seed = 3, StepStartEma = 0, UpdateEmaEvery = 1 },
    };

    public string Data => folder.File("data");

    public string Results => folder.File("results");

    public RecordingObserver Observer { get; private set; } = new();

    public string File(params string[] parts) => folder.File(parts);

    /// <summary>Trains with <see cref="Config"/> after <paramref name="change"/>.</summary>
    public TrainingResult Train(
        Func<TrainingRequest, TrainingRequest>? change = null, Func<TrainerConfig, TrainerConfig>? trainer = null,
        Action<TrainingProgress>? onProgress = null, CancellationToken cancellation = default)
    {
        Observer = new RecordingObserver { OnProgress = onProgress };
        var request = new TrainingRequest
        {
            Config = Config with { Trainer = trainer?.Invoke(Config.Trainer) ?? Config.Trainer },
            DataPath = Data, ResultsPath = Results, Device = "cpu",
        };
        return TrainingSession.Run(change?.Invoke(request) ?? request, Observer, cancellation);
    }

    public void Dispose() => folder.Dispose();
}
