using System.Text.Json.Nodes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Generation;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Layers.Onnx;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Export;
using TorchSharp;

namespace TinySora.Engine.Tests.Families.TokenModel;

/// <summary>Whole runs of small networks on the tokens of a few clips of the shapes world, with text.</summary>
public sealed class TokenTrainingTests : VideoRuns
{
    private const string Codec = """
        family: video-autoencoder
        model:
          network_variant: s1x4x4_fsq
          fsq_levels: [4, 4]
          n_hiddens: 8
          n_res_layers: 1
        clip:
          frames: 4
          height: 16
        trainer:
          train_batch_size: 2
          train_num_steps: 2
          seed: 1
        """;

    private const string Size = "n_layer: 1, n_head: 2, n_embd: 16, dropout: 0.1";

    /// <summary>Clips have 4 x 4 x 4 tokens, so that most networks read only a part of them.</summary>
    public static TheoryData<string> Models { get; } =
    [
        $"{{ architecture: nanogpt, {Size}, block_size: 24 }}",
        $"{{ architecture: nanogpt, {Size}, block_size: 24, sparse_context_window: true, context_stride_start: 6 }}",
        $"{{ architecture: mdgpt, {Size}, block_size: 16, use_1d_pos_emb: true, sparse_block_size: 8 }}",
        $"{{ architecture: mdgpt, {Size}, sparse_block_size: 16 }}",
        $"{{ architecture: mdgpt, {Size}, context_type: prev_row }}",
        $"{{ architecture: mdgpt, {Size}, context_type: same_frame, block_size: 16, use_1d_pos_emb: true }}",
        $"{{ architecture: mdgpt, {Size}, block_size: 12, use_1d_pos_emb: true, only_predict_last: true }}",
        $"{{ architecture: mamba, {Size}, block_size: 24 }}",
        $"{{ architecture: nanogpt-mamba, {Size}, block_size: 24 }}",
        $"{{ architecture: masked, {Size} }}",
        $"{{ architecture: mdgpt, {Size}, block_size: 3, sparse_block_size: 3 }}",
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public void Resumed_run_equals_an_uninterrupted_one(string model)
    {
        Train("whole", model);
        Train("parts", model, steps: 2);
        Train("parts", model, steps: 5);
        Train("parts", model);
        Assert.Equal(Tensors("whole"), Tensors("parts"));
    }

    [Theory]
    [InlineData(0, "sequence 24", 17)]
    [InlineData(4, "sequence 4, positions 4 3, context 4, context_positions 4 3", 20)]
    [InlineData(9, "sequence 64", 17)]
    public void Trained_models_export_to_ONNX_with_their_sampling_settings(int model, string inputs, int vocabulary)
    {
        Train("run", Models.ElementAt(model).Data);
        CheckpointExport.Write(CheckpointStore.Latest(folder.File("run")).Path, folder.File("x.onnx"), ExportFormat.Onnx);
        using var network = new OnnxNetwork(folder.File("x.onnx"));
        Assert.Equal($"{inputs}, tokens 64", network.Inputs);
        Assert.Equal(vocabulary, network.OfZeros("logits").shape[^1]);
        var sampling = JsonNode.Parse(network.Metadata["sampling"])!;
        Assert.Equal("16 [4,4,4]", $"{sampling["codes"]} {sampling["shape"]!.ToJsonString()}");
        Assert.Contains("'sequence'", $"{sampling["loop"]}", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Seed_determines_the_clip_alone_and_in_a_batch(string model)
    {
        Train("run", model);
        using var generator = Open("run");
        Assert.Equal(Make(generator, 1), Make(generator, 1));
        Assert.NotEqual(Make(generator, 1), Make(generator, 2));
        var prompts = new[] { 2, 1 }.Select(seed => new ClipPrompt(seed) { Text = Caption() }).ToList();
        var together = generator.Sample(prompts).Select(item => item.Clip.Pixels).ToList();
        Assert.Equal([Make(generator, 2), Make(generator, 1)], together);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Training_cost_can_be_measured_without_data(string model)
    {
        var cost = TrainingMeter.Measure(Config(model), "tiny", "cpu", steps: 1, CancellationToken.None);
        Assert.True(cost is { SecondsPerStep: > 0, ForwardFlops: > 0, Parameters: > 1000 });
    }

    [Theory]
    [InlineData("architecture: nanogpt, block_size: 24", 8)]
    [InlineData("architecture: nanogpt, block_size: 24, sample_stride: 1", 8)]
    [InlineData("architecture: mamba", 8)]
    [InlineData("architecture: mdgpt", 9)]
    [InlineData("architecture: mdgpt, block_size: 16, use_1d_pos_emb: true", 12)]
    public void Clips_can_be_longer_than_those_of_training(string model, int frames)
    {
        Train("run", $"{{ {Size}, {model} }}");
        using var generator = Open("run");
        var (clip, _) = Assert.Single(generator.Sample([new ClipPrompt(1) { Text = Caption() }], new Dictionary<string, object> { ["Frames"] = frames }));
        Assert.Equal(frames, clip.Frames);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Start_clip_provides_the_first_tokens(string model)
    {
        Train("run", model);
        using var generator = Open("run");
        var file = Directory.GetFiles(folder.File("data"), "*.gif", SearchOption.AllDirectories).Order().First();
        var film = generator.Video.Shape.ReadClip(file, CancellationToken.None);
        var whole = From(film, 0);
        Assert.Equal(whole, From(film, 0, seed: 2));
        Assert.Equal(Make(generator, 1), From(film, 1));

        // Half of the tokens are two of four frames; the decoder reaches slightly across frame boundaries.
        var half = From(film, 0.5);
        int[] far = [.. half.Zip(whole, (a, b) => Math.Abs(a - b))];
        Assert.InRange(far.Take(half.Length / 2).Sum(), 0, far.Skip(half.Length / 2).Sum() / 2);
        Assert.NotEqual(half, From(film, 0.5, seed: 2));
        Assert.Equal("TinySora.Generation.VariationNoise", Assert.Throws<TinySoraException>(() => From(film, 1.5)).Id);

        byte[] From(Clip clip, double noise, long seed = 1)
        {
            var plan = generator.Video.Resolve(new GenerationSettings { Start = new Variation(clip) { Noise = noise } });
            return generator.Sample(plan, [new ClipPrompt(seed) { Text = Caption() }], 0, null, null, CancellationToken.None)[0].Pixels;
        }
    }

    [Theory]
    [InlineData("masked", 5)]
    [InlineData("mdgpt", 10)]
    public void Clips_beyond_the_position_table_are_refused(string architecture, int frames)
    {
        Train("run", $"{{ architecture: {architecture}, {Size} }}");
        using var generator = Open("run");
        var error = Assert.Throws<TinySoraException>(
            () => generator.Sample([new ClipPrompt(1)], new Dictionary<string, object> { ["Frames"] = frames }).ToList());
        Assert.Equal("TinySora.Generation.BadSetting", error.Id);
    }

    [Fact]
    public void Sampling_settings_change_the_result()
    {
        Train("run", $"{{ architecture: nanogpt, {Size}, block_size: 64 }}");
        using var generator = Open("run");
        var likeliest = Make(generator, 1, ("Temperature", 0.0));
        Assert.Equal(likeliest, Make(generator, 2, ("Temperature", 0.0)));
        Assert.Equal(likeliest, Make(generator, 3, ("TopK", 1)));
        Assert.Equal(likeliest, Make(generator, 3, ("TopP", 1e-9)));
        Assert.NotEqual(Make(generator, 1), Make(generator, 1, ("GuidanceScale", 9.0)));
        foreach (var (name, value) in new (string, object)[] { ("Temperature", -1.0), ("TopK", 0), ("TopP", 1.5), ("Frames", 0) })
        {
            Assert.Equal("TinySora.Generation.BadSetting", Assert.Throws<TinySoraException>(() => Make(generator, 1, (name, value))).Id);
        }
    }

    [Fact]
    public void Noise_on_the_confidence_of_a_masked_network_changes_the_result()
    {
        Train("run", $"{{ architecture: masked, {Size} }}");
        using var generator = Open("run");
        var configured = Make(generator, 1, ("Steps", 4));
        Assert.Equal(configured, Make(generator, 1, ("Steps", 4), ("MaskTemperature", 4.5)));
        Assert.NotEqual(configured, Make(generator, 1, ("Steps", 4), ("MaskTemperature", 0.0)));
        Assert.Equal(
            "TinySora.Generation.BadSetting", Assert.Throws<TinySoraException>(() => Make(generator, 1, ("MaskTemperature", -1.0))).Id);
    }

    [Fact]
    public void Frame_that_does_not_fit_the_block_is_refused_with_a_size_that_does()
    {
        var error = Assert.Throws<TinySoraException>(() => Train("run", $"{{ architecture: mdgpt, {Size}, block_size: 15, use_1d_pos_emb: true }}"));
        Assert.Equal("TinySora.Model.BlockTooSmall", error.Id);
        Assert.Contains("16", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Autoencoder_without_a_quantizer_is_refused()
    {
        Run("codec", ConfigFile.Parse(Codec.Replace("s1x4x4_fsq", "s1x4x4_kl", StringComparison.Ordinal)
            .Replace("fsq_levels: [4, 4]", "embedding_dim: 4", StringComparison.Ordinal), "codec"), null);
        var error = Assert.Throws<TinySoraException>(() => Train("run", $"{{ architecture: nanogpt, {Size} }}"));
        Assert.EndsWith("NoQuantizer", error.Id, StringComparison.Ordinal);
    }

    [Fact]
    public void File_of_tokens_is_split_into_four_fifths_for_training_and_the_rest_for_validation()
    {
        var config = Config($"{{ architecture: nanogpt, {Size}, block_size: 64 }}");
        var tokens = folder.File(LatentName.Of("shapes", CodecId(), LatentKind.Tokens, 4, "train"));
        using (torch.NewDisposeScope())
        {
            NpyFile.Write(tokens, torch.tensor(Enumerable.Range(0, 10 * 64).Select(i => (long)(i % 16)).ToArray()).view(10, 4, 4, 4));
        }

        var observer = new RecordingObserver();
        TrainingSession.Run(
            new() { Config = config, DataPath = tokens, ResultsPath = folder.File("run"), Device = "cpu" }, observer, CancellationToken.None);
        var measured = File.ReadAllLines(folder.File("run", "metrics.jsonl")).Last(line => line.Contains("val.loss", StringComparison.Ordinal));
        Assert.Contains("val.bits", measured, StringComparison.Ordinal);
    }

    private static byte[] Make(VideoGenerator generator, long seed, params (string Name, object Value)[] settings) => Assert.Single(generator.Sample(
        [new ClipPrompt(seed) { Text = Caption() }], settings.ToDictionary(item => item.Name, item => item.Value))).Clip.Pixels;

    private static string Caption() => "a red circle moving left";

    private string CodecId()
    {
        using var codec = CodecModel.Open(folder.File("codec"), "cpu");
        return codec.Id;
    }

    private VideoGenerator Open(string run) => VideoGenerator.Open(CheckpointStore.Latest(folder.File(run)).Path, "cpu");

    private RunConfig Config(string model)
    {
        if (!Directory.Exists(folder.File("codec")))
        {
            Run("codec", ConfigFile.Parse(Codec, "codec"), null);
        }

        return ConfigFile.Parse(
            $"""
            family: token-model
            model: {model}
            clip:
              frames: 4
              height: 16
            tokens:
              codec: '{folder.File("codec")}'
            text:
              encoder: learned
              width: 12
            sampling:
              guidance_scale: 2
              sampling_steps: 3
            trainer:
              train_batch_size: 2
              train_num_steps: 8
              train_lr: 0.002
              save_model_every: 1 epoch
              validate_every: 1 epoch
              best_by: val.loss
              keep_checkpoints: 0
              optimizer: adamw
              weight_decay: 0.1
              weight_decay_from_axes: 2
              seed: 3
            """, "tiny");
    }

    private void Train(string run, string model, int? steps = null) => Run(run, Config(model), steps);
}
