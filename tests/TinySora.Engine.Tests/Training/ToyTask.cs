using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Reports;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

/// <summary>Denoises four-pixel clips with 76 parameters: enough to exercise the whole trainer.</summary>
internal sealed class ToyTask : TrainingTask<ClipBatch>
{
    private readonly ToyModel model;

    public ToyTask(int seed = 1) => model = new ToyModel(seed);

    public override nn.Module Model => model;

    public override IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string> { ["words"] = "[\"red\"]" };

    /// <summary>Amount of noise that the task draws; 0 makes the loss a function of the batch alone.</summary>
    public double Noise { get; init; } = 0.1;

    public IReadOnlyList<ParameterGroup> Parts { get; init; } = [ParameterGroup.All];

    public override IReadOnlyList<ParameterGroup> Groups => Parts;

    /// <summary>Called with the files of a batch; returns whether its loss is NaN.</summary>
    public Predicate<IReadOnlyList<string>>? IsPoisoned { get; init; }

    protected override StepLoss Loss(ClipBatch batch, int group, StepContext context)
    {
        var clean = batch.Clips.view(-1, 4);
        var noisy = clean + (randn([clean.shape[0], 4], generator: context.Generator) * Noise);
        var loss = (model.forward(noisy) - clean).square().mean();
        return new(IsPoisoned?.Invoke(batch.Names) == true ? loss * double.NaN : loss);
    }

    /// <summary>Eight clips whose pixels are a function of the index. Without an explicit order, each epoch rotates them.</summary>
    public static BatchSequence Batches(TrainerConfig config, long seed = 7, Func<int, int[]>? order = null) => new(
        8, config.TrainBatchSize, seed, order ?? (epoch => [.. Enumerable.Range(0, 8).Select(i => (i + epoch) % 8)]),
        visits => Load([.. visits.Select(visit => visit.Index)]) is var batch && config.HorizontalFlip ? batch.Mirrored(visits) : batch);

    public static ClipBatch Load(int[] indices) => new(
        tensor(indices.SelectMany(i => new[] { i / 8f, 1 - (i / 8f), (i % 3) / 3f, 0.5f }).ToArray()).view(-1, 1, 1, 2, 2),
        [.. indices.Select(i => $"clip {i}")],
        [.. indices.Select(i => $"clip{i}.gif")]);

    private sealed class ToyModel : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear first;
        private readonly TorchSharp.Modules.Linear second;

        public ToyModel(int seed)
            : base(nameof(ToyModel))
        {
            first = nn.Linear(4, 8);
            second = nn.Linear(8, 4);
            using var generator = new Generator((ulong)seed);
            using (no_grad())
            {
                first.weight!.normal_(0, 0.5, generator);
                first.bias!.zero_();
                second.weight!.normal_(0, 0.5, generator);
                second.bias!.zero_();
            }

            register_buffer("center", full([4], 0.5f));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) =>
            second.forward(first.forward(input - get_buffer("center")!).tanh()) + get_buffer("center")!;
    }
}

/// <summary>Records the messages of a run.</summary>
internal sealed class RecordingObserver : ITrainingObserver
{
    public List<TrainingProgress> Steps { get; } = [];

    public List<TrainingStep> Logged { get; } = [];

    /// <summary>Progress reported between steps.</summary>
    public List<string> Meanwhile { get; } = [];

    /// <summary>Records announcements, too.</summary>
    public List<string> Messages { get; } = [];

    public List<string> Announcements { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<RunEvent> Events { get; } = [];

    public Action<TrainingProgress>? OnProgress { get; init; }

    public Action<string>? OnAnnounce { get; init; }

    public void Progress(TrainingProgress progress)
    {
        Steps.Add(progress);
        OnProgress?.Invoke(progress);
    }

    public void Starting(string what) => Meanwhile.Add(what);

    public void StepCompleted(TrainingStep step) => Logged.Add(step);

    public void Announce(string text)
    {
        Messages.Add(text);
        Announcements.Add(text);
        OnAnnounce?.Invoke(text);
    }

    public void Message(string text) => Messages.Add(text);

    public void EventRaised(RunEvent what) => Events.Add(what);

    public void Warning(string text) => Warnings.Add(text);
}
