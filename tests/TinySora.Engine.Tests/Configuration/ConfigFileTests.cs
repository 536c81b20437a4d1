using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;

namespace TinySora.Engine.Tests.Configuration;

public sealed class ConfigFileTests
{
    [Fact]
    public void Default_preset_gives_the_published_values()
    {
        var config = ConfigFile.Parse(Presets.Text("default"), "default.yaml");

        Assert.Equal("./training_data", config.TrainingDataDir);
        Assert.Equal((64, true, 7, true, BlockKind.Basic),
            (config.Model.Dim, config.Model.UseBertTextCond, config.Model.InitKernelSize,
                config.Model.UseSparseLinearAttn, config.Model.BlockType));
        Assert.Equal([1, 2, 4, 8], config.Model.DimMults);
        Assert.Null(config.Model.InitDim);
        Assert.Equal((32, 5, 10, LossKind.L1, false, 0.9),
            (config.Diffusion.Height, config.Diffusion.Frames, config.Diffusion.Timesteps,
                config.Diffusion.LossType, config.Diffusion.UseDynamicThres, config.Diffusion.DynamicThresPercentile));
        Assert.Equal((0.995, 2, 1e-4, new TrainingSpan(10000), 1, MixedPrecision.Off),
            (config.Trainer.EmaDecay, config.Trainer.TrainBatchSize, config.Trainer.TrainLr,
                config.Trainer.TrainNumSteps, config.Trainer.GradientAccumulateEvery, config.Trainer.Amp));
        Assert.Equal((2000, 10, new TrainingSpan(10), "./runs/default", 4),
            (config.Trainer.StepStartEma, config.Trainer.UpdateEmaEvery, config.Trainer.SaveModelEvery,
                config.Trainer.ResultsFolder, config.Trainer.NumSampleRows));
        Assert.Null(config.Trainer.MaxGradNorm);
        Assert.Equal(TextEncoderKind.Bert, config.Model.EffectiveTextEncoder);
    }

    [Theory]
    [InlineData("basic")]
    [InlineData("resnet")]
    public void Both_names_of_the_block_are_read(string name) =>
        Assert.Equal(name, ConfigNames.GetName(ConfigFile.Parse($"model:\n  block_type: {name}", "test").Model.BlockType));

    [Fact]
    public void Choices_are_read_in_any_case_and_written_in_one()
    {
        var config = Parse("model:\n  block_type: ResNet\ndiffusion:\n  sampler: DDIM\ntrainer:\n  optimizer: AdamW\n");
        Assert.Equal((BlockKind.ResNet, SamplerKind.Ddim, OptimizerKind.AdamW), (config.Model.BlockType, config.Diffusion.Sampler, config.Trainer.Optimizer));
        Assert.Contains("optimizer: \"adamw\"", ConfigFile.ToYaml(config), StringComparison.Ordinal);
    }

    /// <summary>Only the folder of the run differs.</summary>
    [Fact]
    public void Empty_file_is_the_default_preset() =>
        Assert.Equal(
            ConfigFile.ToYaml(ConfigFile.Parse(Presets.Text("default").Replace("./runs/default", "./saved_models", StringComparison.Ordinal), "default.yaml")),
            ConfigFile.ToYaml(ConfigFile.Parse("# nothing but a comment\n", "empty.yaml")));

    [Theory]
    [InlineData("1e-4", 1e-4)]
    [InlineData("1.5E+2", 150)]
    [InlineData(".5", 0.5)]
    [InlineData("3", 3)]
    [InlineData("1_000.5", 1000.5)]
    public void Numbers_are_read_in_every_notation(string text, double value) =>
        Assert.Equal(value, Parse($"trainer:\n  train_lr: {text}").Trainer.TrainLr);

    [Fact]
    public void Scalars_lists_quotes_and_nulls_are_read()
    {
        var config = Parse("""
            training_data_dir: '/data/my clips: 2024'   # quoted
            model:
              dim_mults:
                - 1
                - 3
              init_dim: ~
              text_encoder: none
              use_bert_text_cond: no
            diffusion: {height: 64, frames: 16}
            trainer:
              seed: 9000000000
              max_grad_norm: null
            """);

        Assert.Equal("/data/my clips: 2024", config.TrainingDataDir);
        Assert.Equal([1, 3], config.Model.DimMults);
        Assert.Null(config.Model.InitDim);
        Assert.Equal(TextEncoderKind.None, config.Model.EffectiveTextEncoder);
        Assert.False(config.Model.UseBertTextCond);
        Assert.Equal((64, 16), (config.Diffusion.Height, config.Diffusion.Frames));
        Assert.Equal(9_000_000_000, config.Trainer.Seed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_and_read_round_trip_is_exact(bool comments)
    {
        var config = new RunConfig
        {
            TrainingDataDir = "C:\\my \"clips\"\t\r\nand # more\u0001\u0085\u2028\uFEFF",
            Family = new PixelUNetConfig { Model = new ModelConfig { DimMults = [1, 5], InitDim = 24, TextEncoder = TextEncoderKind.Learned, UseBertTextCond = false }, Diffusion = new DiffusionConfig { Objective = Objective.V, GuidanceScale = 7, SamplingSteps = 3 } },
            Trainer = new TrainerConfig
            {
                TrainLr = 1.0 / 3e7, EmaDecay = 0.1 + 0.2, Seed = -5, MaxGradNorm = 1e300, NumFrames = 5, Amp = MixedPrecision.IfFaster,
            },
        };

        var yaml = ConfigFile.ToYaml(config, comments);
        var again = ConfigFile.Parse(yaml, "again.yaml");

        Assert.Equal(config.TrainingDataDir, again.TrainingDataDir);
        Assert.Equal(config.Model.DimMults, again.Model.DimMults);
        Assert.Equal(config.Model, again.Model with { DimMults = config.Model.DimMults });
        Assert.Equal(config.Diffusion, again.Diffusion);
        Assert.Equal(config.Trainer, again.Trainer);
        Assert.Contains("  train_lr: 3.3333333333333334e-08", yaml, StringComparison.Ordinal);
        Assert.Equal(comments, yaml.Contains("# Base number of channels", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("false", MixedPrecision.Off, "false")]
    [InlineData("True", MixedPrecision.IfFaster, "true")]
    [InlineData("yes", MixedPrecision.IfFaster, "true")]
    [InlineData("off", MixedPrecision.Off, "false")]
    [InlineData("always", MixedPrecision.Always, "\"always\"")]
    public void Choice_between_flags_and_names_is_read_and_written(string text, MixedPrecision expected, string written)
    {
        var config = ConfigFile.Parse($"trainer: {{ amp: {text} }}", "amp.yaml");

        Assert.Equal(expected, config.Trainer.Amp);
        Assert.Contains($"  amp: {written}", ConfigFile.ToYaml(config), StringComparison.Ordinal);
    }

    [Fact]
    public void Comparison_ignores_keys_that_can_change_on_resume()
    {
        var a = new RunConfig();
        var b = new RunConfig
        {
            TrainingDataDir = "./elsewhere",
            Family = new PixelUNetConfig { Model = new ModelConfig { DimMults = [1, 2] } },
            Trainer = new TrainerConfig { TrainNumSteps = 5, TrainLr = 0.5 },
        };

        Assert.Equal(
            [
                new ConfigDifference("model.dim_mults", "[1, 2, 4, 8]", "[1, 2]"),
                new ConfigDifference("trainer.train_lr", "0.0001", "0.5"),
            ],
            ConfigFile.Compare(a, b));
        Assert.Empty(ConfigFile.Compare(a, a.With(model: new ModelConfig { DimMults = [1, 2, 4, 8] })));
    }

    /// <summary>Another version of the module has its autoencoders in another folder; files are identified by their content.</summary>
    [Theory]
    [InlineData("family: pixel-unet")]
    [InlineData("family: token-model\ntokens: { codec: x }\ntext: { encoder: clip }\nclip: { filter_path: x, video_dir: x }")]
    [InlineData("family: latent-transformer\nmodel: { conditioning: text }\nlatents: { codec: x, folder: x }\ntext: { encoder: bert }\ndiffusion: { objective: flow, teacher: x }")]
    [InlineData("family: frame-autoencoder\nloss: { perceptual_weight: 1 }")]
    public void Files_can_move_before_a_run_resumes(string yaml)
    {
        var config = ConfigFile.Parse(yaml, "a.yaml");
        var mapped = 0;
        var moved = config with { Family = config.Family.MapPaths(path => $"{path}-{++mapped}") };
        Assert.NotEqual(config.Family, moved.Family);
        Assert.Empty(ConfigFile.Compare(config, moved));
    }

    [Fact]
    public void Entries_list_every_key_with_value_default_and_meaning()
    {
        var entries = ConfigFile.Entries(new RunConfig { Family = new PixelUNetConfig { Model = new ModelConfig { Dim = 8 } } });

        var dim = entries.Single(e => e.Key == "model.dim");
        Assert.Equal((8, 64), (dim.Value, dim.Default));
        Assert.Contains(entries, e => e.Key == "trainer.adam_beta2");
        Assert.Contains(entries, e => e.Key == "training_data_dir");
        Assert.DoesNotContain(entries, e => e.Key.Contains("effective", StringComparison.Ordinal));
        Assert.All(entries, e => Assert.NotEmpty(e.Description));
    }

    [Fact]
    public void Every_preset_is_valid()
    {
        Assert.Equal(["default", "shapes-small"], Presets.Names.Intersect(["default", "shapes-small"]));
        Assert.All(Presets.Names, name => Assert.Empty(ConfigFile.Check(Presets.Text(name), name)));
    }

    [Fact]
    public void Every_preset_describes_itself_and_its_training_time() =>
        Assert.All(Presets.Names, name => Assert.Matches(@"^[\w'].{30,}\. \d+ (steps|epochs?), \d+ examples per step\.$", Presets.Summary(name)));

    [Theory]
    [InlineData("shapes-smal", "shapes-small")]
    [InlineData("Shape-GPT", "shapes-gpt")]
    [InlineData("huge", null)]
    public void Mistyped_preset_finds_the_nearest(string typed, string? meant) => Assert.Equal(meant, Presets.Nearest(typed));

    [Fact]
    public void Unknown_preset_lists_the_known_ones()
    {
        var error = Assert.Throws<TinySoraException>(() => Presets.Text("huge"));

        Assert.Equal("TinySora.Config.UnknownPreset", error.Id);
        Assert.Contains("shapes-small", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_in_UTF_16_and_with_a_byte_order_mark_are_read()
    {
        using var folder = new TemporaryFolder();
        foreach (var encoding in new System.Text.Encoding[] { new System.Text.UnicodeEncoding(), new System.Text.UTF8Encoding(true) })
        {
            var path = folder.File("c.yaml");
            File.WriteAllText(path, "training_data_dir: \"./größe\"\n", encoding);
            Assert.Equal("./größe", ConfigFile.Load(path).TrainingDataDir);
        }
    }

    private static RunConfig Parse(string yaml) => ConfigFile.Parse(yaml, "test.yaml");
}
