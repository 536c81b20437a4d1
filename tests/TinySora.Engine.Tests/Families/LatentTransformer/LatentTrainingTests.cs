using System.Text.Json.Nodes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Generation;
using TinySora.Engine.Latents;
using TinySora.Engine.Layers;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Generation;
using TinySora.Engine.Tests.Layers.Onnx;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Whole runs of small transformers on a few clips of the shapes world, over latents of a small autoencoder and over pixels.</summary>
public sealed class LatentTrainingTests : VideoRuns
{
    private const string Codec = """
        family: video-autoencoder
        model:
          network_variant: s1x4x4_kl
          embedding_dim: 4
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

    private const string Network = "architecture: dit, depth: 1, hidden_size: 16, num_heads: 2, patch_size: 2";

    private static readonly Dictionary<string, object> Steps = new() { ["Steps"] = 3 };

    public static TheoryData<string, bool> Kinds { get; } = new()
    {
        { $"{{ {Network}, conditioning: text, learn_sigma: true }}", true },
        { $"{{ {Network}, conditioning: text, qk_norm: true, rotary: true, swiglu: true, rms_norm: true, grad_checkpoint: true }}", false },
        { "{ architecture: latte, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: class, num_classes: 16, learn_sigma: true }", true },
        { "{ architecture: latte-tutorial, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2 }", true },
        { "{ architecture: st-dit, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: text, learn_sigma: true }", true },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Resumed_run_equals_an_uninterrupted_one(string model, bool overLatents)
    {
        Train("whole", model, overLatents);
        Train("parts", model, overLatents, steps: 2);
        Train("parts", model, overLatents, steps: 5);
        Train("parts", model, overLatents);
        Assert.Equal(Tensors("whole"), Tensors("parts"));
    }

    [Fact]
    public void Request_is_reported_only_beyond_the_frames_and_sizes_of_the_training()
    {
        Train("run", $"{{ {Network}, conditioning: text }}", overLatents: false);
        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("run")).Path, "cpu");
        Assert.Null(generator.FramesBeyond(With(Setting.Frames, 4)));
        Assert.Equal(4, generator.FramesBeyond(With(Setting.Frames, 5)));
        foreach (var side in new[] { Setting.Height, Setting.Width })
        {
            Assert.Null(generator.SizeBeyond(With(side, 16)));
            Assert.Equal((16, 16), generator.SizeBeyond(With(side, 17)));
        }

        GenerationRequest With(string name, int value) =>
            new() { OutputPath = folder.File("out"), Settings = new Dictionary<string, object> { [name] = value } };
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Seed_determines_the_clip_at_every_supported_length_and_size(string model, bool overLatents)
    {
        Train("run", model, overLatents);
        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("run")).Path, "cpu");
        var text = Captions().First();
        byte[] Make(long seed, params (string Name, object Value)[] settings)
        {
            var (clip, _) = Assert.Single(generator.Sample(
                [new ClipPrompt(seed) { Text = text }], settings.Append(("Steps", (object)3)).ToDictionary(item => item.Item1, item => item.Item2)));
            Assert.Equal(
                ((int)settings.FirstOrDefault(s => s.Name == "Frames", ("", 4)).Item2, (int)settings.FirstOrDefault(s => s.Name == "Width", ("", 16)).Item2),
                (clip.Frames, clip.Width));
            return clip.Pixels;
        }

        Assert.Equal(Make(1), Make(1));
        Assert.NotEqual(Make(1), Make(2));
        Make(1, ("Frames", 6), ("Width", 32));

        // The last step goes all the way to the predicted x0.
        var plan = generator.Video.Resolve(new() { Values = new Dictionary<string, object> { ["Steps"] = 3 } });
        var guesses = new List<byte[]>();
        var looker = new Looker(1, (_, clips) => guesses.Add(ClipTensor.FromTensor(clips[0]).Pixels));
        generator.Sample(plan, [new ClipPrompt(1) { Text = text }], 0, null, looker, default);
        Assert.Equal(3, guesses.Count);
        Assert.NotEqual(guesses[2], guesses[0]);
        Assert.Equal(Make(1), guesses[2]);
        var error = Assert.Throws<TinySoraException>(() => Make(1, ("Width", 17)));
        Assert.Equal("TinySora.Model.NotWholePatches", error.Id);
        Assert.Contains("Use 16 or ", error.Advice, StringComparison.Ordinal);
    }

    /// <summary>Six steps of one pass cost as many FLOPs as three of two passes. After eight training steps a caption has little effect.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Guidance_doubles_the_passes_and_its_scale_changes_the_clip(int kind)
    {
        var row = Kinds.ElementAt(kind).Data;
        Train("run", row.Item1, row.Item2);
        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("run")).Path, "cpu");
        var (off, guided, strongly, longer) = (Make(1, 3), Make(100, 3), Make(200, 3), Make(1, 6));
        Assert.Equal(longer.Operations, guided.Operations);
        Assert.True(off.Operations < guided.Operations);
        Assert.NotEqual(off.Pixels, guided.Pixels);
        Assert.NotEqual(guided.Pixels, strongly.Pixels);

        (byte[] Pixels, long Operations) Make(double scale, int steps) => EngineThread.Run(() =>
        {
            var before = FlopCounter.Count;
            var settings = new Dictionary<string, object> { ["Steps"] = steps, ["GuidanceScale"] = scale };
            var (clip, _) = Assert.Single(generator.Sample([new ClipPrompt(1) { Text = Captions().First() }], settings));
            return (clip.Pixels, FlopCounter.Count - before);
        });
    }

    /// <summary>Over latents, a variation without noise is the clip after encoding and decoding.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Variation_without_noise_returns_the_clip_and_with_full_noise_ignores_it(string model, bool overLatents)
    {
        Train("run", model, overLatents);
        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("run")).Path, "cpu");
        var film = new Clip([.. Enumerable.Range(0, 4 * 16 * 16 * 3).Select(i => (byte)((i / 768 * 30) + (i / 48 % 16 * 6) + (i / 3 % 16 * 4)))], 4, 16, 16, 3);
        var (same, half, without) = (Make(new Variation(film) { Noise = 0 }), Make(new Variation(film) { Noise = 0.5 }), Make(ClipStart.PureNoise));

        Assert.Equal(without, Make(new Variation(film) { Noise = 1 }));
        Assert.NotEqual(without, half);
        Assert.NotEqual(same, half);
        if (!overLatents)
        {
            Assert.Equal(film.Pixels, same);
            return;
        }

        var codec = EngineThread.Run(() =>
        {
            using var opened = CodecModel.Open(folder.File("codec"), "cpu");
            using var scope = NewDisposeScope();
            var clip = tensor(generator.Video.Shape.Fit(film)).to(ScalarType.Float32).div_(255).view(1, 3, 4, 16, 16);
            return ClipTensor.FromTensor(opened.Decode(opened.Codec.Encode(clip))[0]).Pixels;
        });
        Assert.All(codec.Zip(same), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1));

        byte[] Make(ClipStart start)
        {
            var plan = generator.Video.Resolve(new() { Values = Steps, Start = start });
            return generator.Sample(plan, [new ClipPrompt(1) { Text = Captions().First() }], 0, null, null, default)[0].Pixels;
        }
    }

    /// <summary>Published names have no entry for the normalization of latents, so the description next to them records it.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Exported_and_reimported_models_make_the_same_clip(string model, bool overLatents)
    {
        Train("run", model, overLatents);
        var checkpoint = CheckpointStore.Latest(folder.File("run")).Path;
        CheckpointExport.Write(checkpoint, folder.File("exported.safetensors"), ExportFormat.Safetensors);
        CheckpointExport.Write(checkpoint, folder.File("exported.pt"), ExportFormat.PyTorch);
        using var import = CheckpointImport.Open(folder.File("exported.pt"), Config(model, overLatents), keepOwn: true);
        Assert.Empty(import.Warnings);
        var expected = Make(checkpoint);
        Assert.Equal(expected, Make(folder.File("exported.safetensors")));
        Assert.Equal(expected, Make(import.Save(folder.File("imported")).Path));

        byte[] Make(string path)
        {
            using var generator = VideoGenerator.Open(path, "cpu");
            return Assert.Single(generator.Sample(
                [new ClipPrompt(1) { Text = Captions().First() }], new Dictionary<string, object> { ["Steps"] = 3 })).Clip.Pixels;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Trained_models_export_to_ONNX_with_their_sampling_settings(string model, bool overLatents)
    {
        Train("run", model, overLatents);
        CheckpointExport.Write(CheckpointStore.Latest(folder.File("run")).Path, folder.File("x.onnx"), ExportFormat.Onnx);
        using var network = new OnnxNetwork(folder.File("x.onnx"));
        var sampling = JsonNode.Parse(network.Metadata["sampling"])!;
        var shape = sampling["shape"]!.AsArray().Select(length => length!.GetValue<long>()).ToList();
        var prediction = network.OfZeros("prediction").shape;
        Assert.Equal([1, $"{sampling["variance"]}" == "learned" ? 2 * shape[0] : shape[0], .. shape[1..]], prediction);
        Assert.Equal(!overLatents, sampling["limited"]!.GetValue<bool>());
        Assert.Equal(overLatents, network.Metadata.ContainsKey("task.latent_mean"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_resumes_with_clips_of_another_length_and_size(string model, bool overLatents)
    {
        Train("run", model, overLatents, steps: 2);
        var config = Config(model, overLatents);
        var own = config.Of<LatentTransformerConfig>().Family;
        Run("run", config with { Family = own with { Clip = own.Clip with { Frames = 2, Height = 8 } } }, steps: 4);
        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("run")).Path, "cpu");
        Assert.Equal((4, 2, 8), (generator.Checkpoint.Step, generator.Video.Shape.Frames, generator.Video.Shape.Width));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Training_cost_can_be_measured_without_data(string model, bool overLatents)
    {
        var cost = TrainingMeter.Measure(Config(model, overLatents), "tiny", "cpu", steps: 1, CancellationToken.None);
        Assert.True(cost is { SecondsPerStep: > 0, ForwardFlops: > 0, Parameters: > 1000 });
    }

    /// <summary>Training on pixels needs no autoencoder.</summary>
    [Fact]
    public void FLOPs_of_a_run_include_those_of_its_autoencoder()
    {
        Train("latents", $"{{ {Network} }}", overLatents: true);
        Train("pixels", $"{{ {Network} }}", overLatents: false);
        var codec = CheckpointStore.Latest(folder.File("codec")).Tflop!.Value;
        var (first, second) = (Told("latents", 0), Told("latents", 1));
        Assert.True(codec > 0 && second > first);
        Assert.Equal(second - first, first - codec, 2e-9);
        Assert.Equal(2 * Told("pixels", 0), Told("pixels", 1), 2e-9);

        double Told(string run, int index) => MetricsFile.Read(folder.File(run))[index].Tflop!.Value;
    }

    [Fact]
    public void Latents_are_normalized_by_statistics_measured_once()
    {
        Train("run", $"{{ {Network} }}", overLatents: true);
        var tensors = Tensors("run");
        var config = Config($"{{ {Network} }}", overLatents: true);
        using var data = new LatentTransformerFamily().Open(config, folder.File("data", "train"), null, CancellationToken.None);
        using var scope = torch.NewDisposeScope();
        var (batch, task) = ((LatentBatch)data.Get([new(0, 0), new(1, 0), new(2, 0), new(3, 0), new(4, 0), new(5, 0)], torch.CPU), tensors);
        var values = batch.Latents.transpose(0, 1).flatten(1);
        Assert.Equal(values.mean([1]).data<float>().ToArray().Select(x => (double)x), task["model.latent_mean"], new Near(1e-4));
        Assert.Equal(values.std([1], false).data<float>().ToArray().Select(x => (double)x), task["model.latent_deviation"], new Near(1e-4));
    }

    /// <summary>In a folder without splits, the statistics come from the training examples, not from the held-out ones.</summary>
    [Fact]
    public void Latents_of_a_folder_without_splits_are_normalized()
    {
        var config = Config($"{{ {Network} }}", overLatents: true);
        TrainingSession.Run(
            new() { Config = config, DataPath = folder.File("data", "train"), ResultsPath = folder.File("run"), Device = "cpu", MaxSteps = 1 },
            new RecordingObserver(), CancellationToken.None);
        using var data = new LatentTransformerFamily().Open(config, folder.File("data", "train"), null, CancellationToken.None);
        using var scope = torch.NewDisposeScope();
        var batch = (LatentBatch)data.Get([new(0, 0), new(1, 0), new(2, 0), new(3, 0)], torch.CPU); // four of six
        var values = batch.Latents.transpose(0, 1).flatten(1);
        Assert.Equal(values.mean([1]).data<float>().ToArray().Select(x => (double)x), Tensors("run")["model.latent_mean"], new Near(1e-4));
        Assert.Equal(values.std([1], false).data<float>().ToArray().Select(x => (double)x), Tensors("run")["model.latent_deviation"], new Near(1e-4));
    }

    [Fact]
    public void Clips_are_encoded_once_and_another_autoencoder_is_refused()
    {
        Train("run", $"{{ {Network} }}", overLatents: true);
        var store = Assert.Single(Directory.GetFiles(folder.File("data", "train", ".tinysora"), "latents-*.bin"));
        var written = File.GetLastWriteTimeUtc(store);
        Train("again", $"{{ {Network} }}", overLatents: true);
        Assert.Equal(written, File.GetLastWriteTimeUtc(store));

        Directory.Delete(folder.File("codec"), recursive: true);
        var path = CheckpointStore.Latest(folder.File("run")).Path;
        Assert.Equal("TinySora.Model.CodecMissing", Assert.Throws<TinySoraException>(() => VideoGenerator.Open(path, "cpu")).Id);
        TrainCodec("seed: 2");
        Assert.Equal("TinySora.Model.OtherCodec", Assert.Throws<TinySoraException>(() => VideoGenerator.Open(path, "cpu")).Id);
    }

    [Fact]
    public void Captions_are_the_classes_and_prompts_must_be_one_of_them()
    {
        var model = "{ architecture: latte, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: class, num_classes: 16 }";
        Train("run", model, overLatents: false);
        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("run")).Path, "cpu");
        Assert.Equal("TinySora.Model.UnknownClass", Assert.Throws<TinySoraException>(() => generator.Video.UnknownWords("a purple elephant")).Id);
        Assert.Empty(generator.Video.UnknownWords(Captions().First()));
        var promptless = Assert.Throws<TinySoraException>(() => RequestBatcher.Generate(generator, new() { OutputPath = folder.File("out") }).ToList());
        Assert.Equal("TinySora.Generation.NoClass", promptless.Id);
        Assert.Contains(string.Join(", ", Captions().Distinct().Order(StringComparer.Ordinal)), promptless.Message, StringComparison.Ordinal);
        Assert.EndsWith(" 8, 9 and 91 more.", GenerationErrors.NoClass([.. Enumerable.Range(0, 101).Select(number => $"{number}")]).Message, StringComparison.Ordinal);
        var error = Assert.Throws<TinySoraException>(() => Train("few", model.Replace("16 }", "2 }", StringComparison.Ordinal), overLatents: false));
        Assert.Equal("TinySora.Model.TooManyClasses", error.Id);
    }

    [Fact]
    public void Names_of_classes_may_contain_parentheses()
    {
        string[] files = [.. Directory.GetFiles(folder.File("data", "train"), "*.txt").Order(StringComparer.Ordinal)];
        for (var i = 0; i < files.Length; i++)
        {
            File.WriteAllText(files[i], i % 2 == 0 ? "cat (small)" : "smile :)");
        }

        var config = Config("{ architecture: dit, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: class, num_classes: 2 }", overLatents: false);
        Run("run", config with { Trainer = config.Trainer with { SampleEvery = 1, NumSampleRows = 1 } }, 1);
        Assert.Single(Directory.GetFiles(folder.File("run"), "sample-*.gif"));
        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("run")).Path, "cpu");
        byte[] Make(string prompt)
        {
            Assert.Empty(generator.Video.UnknownWords(prompt));
            return Assert.Single(generator.Sample([new ClipPrompt(1) { Text = prompt }])).Clip.Pixels;
        }

        Assert.Equal(Make("cat (small)"), Make(@"cat \(small\)"));
        Assert.NotEmpty(Make("smile :)"));
    }

    [Fact]
    public void Captions_that_differ_in_case_or_spaces_are_one_class()
    {
        const string Model = "{ architecture: dit, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: class, num_classes: 2 }";
        Caption("dog", "Cat", "cat ", " DOG", " ");
        Train("run", Model, overLatents: false, steps: 1);
        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("run")).Path, "cpu");
        Assert.Equal(["Cat", "DOG"], generator.Video.Classes);
        Assert.Empty(generator.Video.UnknownWords("dOG"));
    }

    [Fact]
    public void Fine_tuning_appends_new_classes_and_a_resumed_run_reports_them()
    {
        const string Model = "{ architecture: dit, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: class, num_classes: 3 }";
        var config = Config(Model, overLatents: false);
        config = config with { Trainer = config.Trainer with { SampleEvery = 1, NumSampleRows = 1 } };
        Caption("dog", "cat");
        Run("base", config, 1);
        Caption("Dog", "ant");
        var observer = new RecordingObserver();
        Run("tuned", config, 1, observer, initial: "base");
        Assert.DoesNotContain(observer.Warnings, warning => warning.Contains("no classes", StringComparison.Ordinal));
        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("tuned")).Path, "cpu");
        Assert.Equal(["cat", "dog", "ant"], generator.Video.Classes);

        Run("base", config, 2, observer);
        Assert.Contains("The model has no classes for the captions 'ant'. It trains on these clips without a class.", observer.Warnings);
        Assert.Equal(2, Directory.GetFiles(folder.File("base"), "sample-*.gif").Length);
    }

    [Fact]
    public void Sample_grid_uses_captions_that_are_labels_of_classes()
    {
        const string Model = "{ architecture: dit, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: class, num_classes: 2 }";
        var config = Config(Model, overLatents: false);
        config = config with { Trainer = config.Trainer with { TrainLr = 0.1, SampleEvery = 4, NumSampleRows = 1 } };
        Caption("cat", "dog");
        Run("name", config, 3);
        Run("label", config, 3);
        Caption("dog");
        Run("name", config, 4);
        Caption("1");
        Run("label", config, 4);
        Assert.Equal(Grid("name"), Grid("label"));

        byte[] Grid(string run) => ClipFile.Read(folder.File(run, "sample-00000004.gif")).Pixels;
    }

    [Theory]
    [InlineData("architecture: st-dit", true)]
    [InlineData("architecture: latte", true)]
    [InlineData("architecture: dit", false)]
    public void Truncated_captions_are_counted_and_prompts_of_that_length_are_refused(string architecture, bool crops)
    {
        var config = Config($"{{ {architecture}, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: text }}", overLatents: false);
        var own = config.Of<LatentTransformerConfig>().Family;
        var observer = new RecordingObserver();
        Run("run", config with { Family = own with { Text = own.Text with { MaxTokens = 2 } } }, 1, observer);
        var lengths = Captions().Distinct().Select(caption => caption.Split(' ').Length).ToList();
        var warnings = observer.Warnings.Where(warning => warning.Contains("text.max_tokens", StringComparison.Ordinal)).ToList();
        var expected = $"Captions longer than text.max_tokens (2): {lengths.Count}, with up to {lengths.Max()} tokens. The model ignores the excess tokens.";
        Assert.Equal(crops ? [expected] : [], warnings);

        using var generator = VideoGenerator.Open(CheckpointStore.Latest(folder.File("run")).Path, "cpu");
        GeneratedVideo Make(string prompt) => RequestBatcher.Generate(generator, new() { Prompt = prompt, OutputPath = folder.File("out"), Settings = Steps }).Single();
        Make("a red");
        if (crops)
        {
            var error = Assert.Throws<TinySoraException>(() => Make("a red circle moving"));
            Assert.Equal("TinySora.Model.PromptCropped", error.Id);
            Assert.Contains("has 4 tokens, but the model reads at most 2", error.Message, StringComparison.Ordinal);
        }
        else
        {
            Make("a red circle moving");
        }
    }

    [Fact]
    public void Latents_cannot_be_mirrored()
    {
        string[] Violated(bool overLatents)
        {
            var config = Config($"{{ {Network} }}", overLatents);
            return [.. ConfigRules.Check(config with { Trainer = config.Trainer with { HorizontalFlip = true } }).Select(violation => violation.Key)];
        }

        Assert.Equal(["trainer.horizontal_flip"], Violated(overLatents: true));
        Assert.Empty(Violated(overLatents: false));
    }

    [Fact]
    public void Clips_are_counted_without_encoding()
    {
        var config = Config($"{{ {Network}, conditioning: text }}", overLatents: true);
        var family = new LatentTransformerFamily();
        var counted = family.Count(config, folder.File("data", "train"));
        Assert.Empty(Directory.GetFiles(folder.File("data", "train"), "latents-*", SearchOption.AllDirectories));
        using var data = family.Open(config, folder.File("data", "train"), null, CancellationToken.None);
        Assert.Equal(data.Count, counted);
    }

    [Fact]
    public void Windows_of_longer_videos_and_single_frames_form_a_batch()
    {
        var config = Config("{ architecture: latte-tutorial, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2 }", overLatents: true);
        var own = config.Of<LatentTransformerConfig>().Family;
        config = config with { Family = own with { Clip = own.Clip with { Frames = 2, SourceFrames = 4, ClipsPerVideo = 3, Images = 2 } } };
        using var data = new LatentTransformerFamily().Open(config, folder.File("data", "train"), null, CancellationToken.None);
        Assert.Equal(18, data.Count);
        using var first = (LatentBatch)data.Get([new(0, 1), new(1, 5)], torch.CPU);
        using var again = (LatentBatch)data.Get([new(0, 1), new(1, 5)], torch.CPU);
        Assert.Equal([2, 4, 2 + 2, 4, 4], first.Latents.shape);
        Assert.Equal((2, 2), (first.Images, again.Images));
        Assert.True(first.Latents.allclose(again.Latents));
        using var others = (LatentBatch)data.Get([new(0, 2), new(1, 6)], torch.CPU);
        Assert.False(first.Latents.allclose(others.Latents));
    }

    private IEnumerable<string> Captions() => Directory.GetFiles(folder.File("data", "train"), "*.txt").Order(StringComparer.Ordinal).Select(File.ReadAllText)
        .Select(text => text.Trim());

    private RunConfig Config(string model, bool overLatents)
    {
        if (overLatents && !Directory.Exists(folder.File("codec")))
        {
            TrainCodec("seed: 1");
        }

        return ConfigFile.Parse(
            $"""
            family: latent-transformer
            model: {model}
            clip:
              frames: 4
              height: 16
            latents:
              codec: {(overLatents ? $"'{folder.File("codec")}'" : "''")}
            text:
              width: 12
            diffusion:
              timesteps: 20
            trainer:
              train_batch_size: 2
              train_num_steps: 8
              train_lr: 0.002
              ema_decay: 0.5
              step_start_ema: 0
              update_ema_every: 1
              save_model_every: 1 epoch
              validate_every: 1 epoch
              best_by: val.loss
              keep_checkpoints: 0
              seed: 3
            """, "tiny");
    }

    private void TrainCodec(string seed) => Run("codec", ConfigFile.Parse(Codec.Replace("seed: 1", seed, StringComparison.Ordinal), "codec"), null);

    /// <summary>Writes the names to the caption files in turn.</summary>
    private void Caption(params string[] names)
    {
        foreach (var (file, i) in Directory.GetFiles(folder.File("data", "train"), "*.txt").Order(StringComparer.Ordinal).Select((file, i) => (file, i)))
        {
            File.WriteAllText(file, names[i % names.Length]);
        }
    }

    private void Train(string run, string model, bool overLatents, int? steps = null) => Run(run, Config(model, overLatents), steps);

    private sealed class Near(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(double obj) => 0;
    }
}
