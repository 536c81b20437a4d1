using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.PixelUNet;

/// <summary>Shorthands for tests of this family.</summary>
internal static class UNetTesting
{
    extension(RunConfig config)
    {
        public ModelConfig Model => config.Of<PixelUNetConfig>().Family.Model;

        public DiffusionConfig Diffusion => config.Of<PixelUNetConfig>().Family.Diffusion;

        public TextEncoderChoice Text => config.Of<PixelUNetConfig>().Family.TextEncoder;

        /// <summary>Opens a folder of clips as the model needs it.</summary>
        public ClipRequirements Clips => ModelFamilies.Of(config).Clips(config)!;

        public RunConfig With(ModelConfig? model = null, DiffusionConfig? diffusion = null) =>
            config with { Family = new PixelUNetConfig { Model = model ?? config.Model, Diffusion = diffusion ?? config.Diffusion } };
    }

    /// <summary>Returns a member by its name in files.</summary>
    public static T Named<T>(string name)
        where T : struct, Enum => (T)(object)ConfigNames.Find(typeof(T), name)!;

    public static Tensor Loss(this ITrainingTask task, Batch batch, Generator generator) => task.Loss(batch, 0, new StepContext(0, 1, generator)).Total;

    public static SamplingPlan Resolve(this IVideoModel model, SampleRequest request) => model.Resolve(request.Settings);

    public static Tensor Sample(this IVideoModel model, SampleRequest request, ISamplingObserver? observer, CancellationToken cancellation) =>
        model.Sample(model.Resolve(request), request.Clips, observer, cancellation);

    public static IEnumerable<(Clip Clip, TimeSpan Elapsed)> Sample(
        this VideoGenerator generator, SampleRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        generator.Sample(request.Clips, request.Settings.Values, progress, cancellation);

    public static IEnumerable<GeneratedVideo> Generate(
        this VideoGenerator generator, GenerationRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        RequestBatcher.Generate(generator, request, progress, cancellation);

    /// <summary>Settings of a request, without those that are null.</summary>
    public static IReadOnlyDictionary<string, object> Asked(string? sampler = null, int? steps = null, double? eta = null, double? guidance = null) =>
        new (string Name, object? Value)[]
        {
            (Setting.Sampler, sampler), (Setting.Steps, steps), (Setting.Eta, eta), (Setting.GuidanceScale, guidance),
        }.Where(setting => setting.Value is not null).ToDictionary(setting => setting.Name, setting => setting.Value!);
}

/// <summary>Clips to sample in one batch, with their settings.</summary>
/// <param name="Prompts">One per clip.</param>
/// <param name="Seeds">One per clip.</param>
internal sealed record SampleRequest(
    IReadOnlyList<string?> Prompts, IReadOnlyList<long> Seeds, double? GuidanceScale = null, int? Steps = null, string? Sampler = null)
{
    public double? Eta { get; init; }

    public Engine.Diffusion.ClipStart? Between { get; init; }

    public IReadOnlyList<string?>? NegativePrompts { get; init; }

    public IReadOnlyList<float[]?>? Vectors { get; init; }

    public GenerationSettings Settings => new()
    {
        Values = UNetTesting.Asked(Sampler, Steps, Eta, GuidanceScale), Start = Between ?? Engine.Diffusion.ClipStart.PureNoise,
    };

    public IReadOnlyList<ClipPrompt> Clips =>
        [.. Prompts.Select((text, i) => new ClipPrompt(Seeds[i]) { Text = text, Negative = NegativePrompts?[i], Vector = Vectors?[i] })];
}
