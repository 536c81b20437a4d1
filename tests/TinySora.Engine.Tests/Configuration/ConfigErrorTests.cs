using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests.Configuration;

public sealed class ConfigErrorTests
{
    [Theory]
    [InlineData("model:\n  dims: 64", "model.dims", "model.dim?")]
    [InlineData("model:\n  dim: 64\n  train_lr: 0.1", "model.train_lr", "trainer.train_lr?")]
    [InlineData("trainer:\n  train_lrr: 0.1", "trainer.train_lrr", "trainer.train_lr?")]
    [InlineData("trainer:\n  chanels: 3", "trainer.chanels", "diffusion.channels?")]
    [InlineData("dim: 64", "dim", "model.dim?")]
    [InlineData("modle:\n  dim: 64", "modle", "model?")]
    [InlineData("model:\n  effective_text_encoder: bert", "model.effective_text_encoder", null)]
    [InlineData("trainer:\n  zzzzzzzz: 1", "trainer.zzzzzzzz", null)]
    public void Unknown_key_names_the_nearest_right_key(string yaml, string key, string? nearest)
    {
        var error = Assert.Single(ConfigFile.Check(yaml, "a.yaml"));

        Assert.Equal(("TinySora.Config.UnknownKey", key), (error.Id, error.Target));
        Assert.Contains($"unknown key {key}", error.Message, StringComparison.Ordinal);
        if (nearest is null)
        {
            Assert.DoesNotContain("did you mean", error.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.EndsWith($"did you mean {nearest}", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("model:\n  dim: wide", "dim is wide; expected a whole number")]
    [InlineData("model:\n  dim: \"64\"", "dim is \"64\"; expected a whole number")]
    [InlineData("model:\n  dim: 64.0", "expected a whole number")]
    [InlineData("model:\n  dim: 0100", "expected a whole number")]
    [InlineData("model:\n  dim: 99999999999", "expected a whole number")]
    [InlineData("model:\n  dim: null", "dim is null; expected a whole number.")]
    [InlineData("model:\n  dim: [64]", "dim is a list; expected a whole number")]
    [InlineData("model:\n  init_dim: big", "expected a whole number, or null")]
    [InlineData("model:\n  dim_mults: 4", "expected a list of whole numbers")]
    [InlineData("model:\n  dim_mults: [1, two]", "model.dim_mults is a list with two; expected a list of whole numbers")]
    [InlineData("model:\n  dim_mults: [1, 2.5]", "model.dim_mults is a list with 2.5; expected a list of whole numbers")]
    [InlineData("model:\n  dim_mults: [1, [2]]", "model.dim_mults is a list with a list; expected a list of whole numbers")]
    [InlineData("{family: frame-autoencoder,\n model: {down_sample: [2]}}", "down_sample is a list with 2; expected a list of true and false, such as [true, false]")]
    [InlineData("trainer:\n  train_num_steps: soon", "expected a whole number of steps, or epochs, such as 2 epochs")]
    [InlineData("trainer:\n  track: 1", "expected true or false")]
    [InlineData("trainer:\n  train_lr: .inf", "expected a number")]
    [InlineData("trainer:\n  results_folder: null", "expected text")]
    [InlineData("trainer:\n  results_folder: \"a\\0b\"", "expected text")]
    [InlineData("trainer:\n  results_folder: {a: b}", "results_folder is a section; expected text")]
    public void Wrong_type_reports_the_found_and_the_expected_type(string yaml, string message)
    {
        var error = Assert.Single(ConfigFile.Check(yaml, "a.yaml"));

        Assert.Equal("TinySora.Config.WrongType", error.Id);
        Assert.StartsWith("a.yaml:2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model", "dim", "7")]
    [InlineData("model", "dim", "2")]
    [InlineData("model", "dim_mults", "[]")]
    [InlineData("model", "dim_mults", "[1, 0]")]
    [InlineData("model", "init_dim", "0")]
    [InlineData("model", "init_kernel_size", "4")]
    [InlineData("model", "init_kernel_size", "-1")]
    [InlineData("model", "block_type", "dense")]
    [InlineData("model", "cond_dim", "0")]
    [InlineData("model", "cond_dim", "1000000000")]
    [InlineData("model", "channels", "2")]
    [InlineData("model", "out_dim", "4")]
    [InlineData("model", "attn_heads", "0")]
    [InlineData("model", "attn_heads", "1000000000")]
    [InlineData("model", "attn_dim_head", "31")]
    [InlineData("model", "text_encoder", "gpt")]
    [InlineData("model", "text_encoder_path", "\"\"")]
    [InlineData("model", "stem", "3")]
    [InlineData("diffusion", "height", "30")]
    [InlineData("diffusion", "height", "0")]
    [InlineData("diffusion", "height", "1048576")]
    [InlineData("diffusion", "frames", "0")]
    [InlineData("diffusion", "timesteps", "0")]
    [InlineData("diffusion", "timesteps", "1000000000")]
    [InlineData("diffusion", "loss_type", "huber")]
    [InlineData("diffusion", "dynamic_thres_percentile", "0")]
    [InlineData("diffusion", "dynamic_thres_percentile", "1.1")]
    [InlineData("diffusion", "channels", "1")]
    [InlineData("diffusion", "objective", "score")]
    [InlineData("diffusion", "noise_schedule", "sigmoid")]
    [InlineData("diffusion", "min_snr_gamma", "0")]
    [InlineData("diffusion", "min_snr_gamma", "5")]
    [InlineData("diffusion", "sampler", "plms")]
    [InlineData("diffusion", "ddim_eta", "1.5")]
    [InlineData("diffusion", "sampling_steps", "0")]
    [InlineData("diffusion", "sampling_steps", "11")]
    [InlineData("diffusion", "guidance_scale", "-1")]
    [InlineData("diffusion", "guidance_below", "0")]
    [InlineData("diffusion", "guidance_below", "11")]
    [InlineData("trainer", "ema_decay", "1")]
    [InlineData("trainer", "train_batch_size", "0")]
    [InlineData("trainer", "train_batch_size", "1000000000")]
    [InlineData("trainer", "train_lr", "0")]
    [InlineData("trainer", "train_num_steps", "-1")]
    [InlineData("trainer", "gradient_accumulate_every", "0")]
    [InlineData("trainer", "step_start_ema", "-1")]
    [InlineData("trainer", "update_ema_every", "0")]
    [InlineData("trainer", "save_model_every", "0")]
    [InlineData("trainer", "results_folder", "''")]
    [InlineData("trainer", "num_sample_rows", "-1")]
    [InlineData("trainer", "sample_every", "-1")]
    [InlineData("trainer", "max_grad_norm", "0")]
    [InlineData("trainer", "num_frames", "16")]
    [InlineData("trainer", "cond_drop_prob", "1.5")]
    [InlineData("trainer", "word_drop_prob", "1")]
    [InlineData("trainer", "word_drop_prob", "-0.1")]
    [InlineData("trainer", "captions", "first")]
    [InlineData("trainer", "prob_focus_present", "-0.1")]
    [InlineData("trainer", "keep_checkpoints", "-1")]
    [InlineData("trainer", "optimizer", "sgd")]
    [InlineData("trainer", "adam_beta1", "1")]
    [InlineData("trainer", "adam_beta2", "-0.5")]
    [InlineData("trainer", "weight_decay", "0.01")]
    [InlineData("trainer", "warmup_steps", "-1")]
    [InlineData("trainer", "lr_schedule", "linear")]
    [InlineData("trainer", "lr_final_factor", "2")]
    public void Value_out_of_range_is_refused_by_key_and_line(string section, string key, string value)
    {
        var error = Assert.Single(ConfigFile.Check($"# a line\n{section}:\n  {key}: {value}\n", "a.yaml"));

        Assert.Equal(("TinySora.Config.InvalidValue", $"{section}.{key}"), (error.Id, error.Target));
        Assert.StartsWith($"a.yaml:3: {section}.{key} is ", error.Message, StringComparison.Ordinal);
        Assert.Contains("; expected ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("objective: flow, noise_schedule: linear", "diffusion.noise_schedule", "flow or flow-x0, which have their own noise path")]
    [InlineData("objective: flow, loss_type: l2, min_snr_gamma: 5", "diffusion.min_snr_gamma", "noise, v or x0")]
    [InlineData("loss_type: l1, min_snr_gamma: 5", "diffusion.min_snr_gamma", "loss_type is l2")]
    public void Objectives_refuse_settings_without_meaning_for_them(string diffusion, string key, string message)
    {
        var error = Assert.Single(ConfigFile.Check($"diffusion: {{{diffusion}}}", "a.yaml"));

        Assert.Equal(("TinySora.Config.InvalidValue", key), (error.Id, error.Target));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model: {text_encoder: bert}", "model.text_encoder is learned, because")]
    [InlineData("model: {text_encoder: none}", "model.text_encoder is learned, because")]
    [InlineData("family: latent-transformer\nmodel: {conditioning: text}\ntext: {encoder: clip}", "text.encoder is learned, because")]
    [InlineData("family: latent-transformer\nmodel: {conditioning: class}\ntext: {encoder: learned}", "model.conditioning is text")]
    [InlineData("family: token-model\ntext: {encoder: bert}", "text.encoder is learned, because")]
    public void Words_are_dropped_only_for_a_learned_text_encoder(string rest, string message)
    {
        var error = Assert.Single(ConfigFile.Check($"{rest}\ntrainer: {{word_drop_prob: 0.1}}", "a.yaml"));

        Assert.Equal(("TinySora.Config.InvalidValue", "trainer.word_drop_prob"), (error.Id, error.Target));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Drawn_captions_cannot_be_balanced()
    {
        var error = Assert.Single(ConfigFile.Check("trainer: {captions: drawn, balance_captions: true}", "a.yaml"));

        Assert.Equal(("TinySora.Config.InvalidValue", "trainer.captions"), (error.Id, error.Target));
    }

    [Fact]
    public void Every_sampler_works_with_every_objective()
    {
        foreach (var sampler in Samplers.Names)
        {
            foreach (var objective in ConfigNames.All(typeof(Objective)))
            {
                Assert.Empty(ConfigFile.Check(
                    $"diffusion: {{objective: {objective}, sampler: {sampler}, ddim_eta: 0.5}}", "a.yaml"));
            }
        }
    }

    [Fact]
    public void Invalid_choice_lists_the_choices()
    {
        var error = Assert.Single(ConfigFile.Check("model: {text_encoder: gpt}", "a.yaml"));

        Assert.Contains("expected bert, clip, learned or none", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Default_that_another_key_invalidates_points_at_that_key()
    {
        // 32 is not a multiple of 4 * 2^4.
        var error = Assert.Single(ConfigFile.Check("model:\n  dim_mults: [1, 1, 1, 1, 1]\n  stem: 4\n", "a.yaml"));

        Assert.StartsWith(
            "a.yaml:3: diffusion.height is 32; expected a multiple of 64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_found_and_the_first_is_thrown_with_their_number()
    {
        const string yaml = "model:\n  dim: 7\n  dim: 8\n  blok_type: basic\ntrainer:\n  track: maybe\nextra: 1\n";

        var problems = ConfigFile.Check(yaml, "a.yaml");
        var thrown = Assert.Throws<TinySoraException>(() => ConfigFile.Parse(yaml, "a.yaml"));

        Assert.Equal(
            [
                "TinySora.Config.DuplicateKey", "TinySora.Config.UnknownKey", "TinySora.Config.WrongType",
                "TinySora.Config.UnknownKey", "TinySora.Config.InvalidValue",
            ],
            problems.Select(p => p.Id));
        Assert.Equal("a.yaml:3: duplicate key model.dim, which is already set on line 2. (4 more problems)", thrown.Message);
        Assert.Contains("Test-TinySoraConfig", thrown.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_key_causes_no_second_problem_with_its_default() =>
        Assert.Equal("TinySora.Config.WrongType",
            Assert.Single(ConfigFile.Check("model: {dim_mults: [1, 2, 4, 8, 16, 32, 64], stem: x}", "a.yaml")).Id);

    [Theory]
    [InlineData("model: &a {dim: 64}\ntrainer: *a", "TinySora.Config.Refused", "a.yaml:2: an alias")]
    [InlineData("model: {dim: 64}\n---\nmodel: {}", "TinySora.Config.Refused", "a second document")]
    [InlineData("model:\n  ? [a, b]\n  : 1", "TinySora.Config.Refused", "a key that is not a scalar")]
    [InlineData("- model", "TinySora.Config.NotASection", "the file contains a list")]
    [InlineData("model: 5", "TinySora.Config.NotASection", "model is 5")]
    [InlineData("model:\n  dim: 'x\n", "TinySora.Config.Syntax", "a.yaml:2: invalid YAML")]
    [InlineData("model:\n\tdim: 4\n", "TinySora.Config.Syntax", "a.yaml:2: invalid YAML: a tab")]
    [InlineData("model:\n  dim_mults: [1, 2\ntrainer:\n  ema_decay: 0\n", "TinySora.Config.Syntax", "a.yaml:2: invalid YAML")]
    [InlineData("model:\n  dim_mults: [\ntrainer:\n  ema_decay: 0\n", "TinySora.Config.Syntax", "a.yaml:2: invalid YAML")]
    public void Invalid_configuration_text_is_refused(string yaml, string id, string message)
    {
        var error = Assert.Single(ConfigFile.Check(yaml, "a.yaml"));

        Assert.Equal(id, error.Id);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_and_huge_files_are_refused_without_exhausting_memory()
    {
        var deep = ConfigFile.Check("a: " + new string('[', 400_000), "a.yaml");
        Assert.Equal("TinySora.Config.Refused", Assert.Single(deep).Id);

        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("big.yaml"), new string('#', (1 << 20) + 1));
        Assert.Equal("TinySora.Config.TooLarge",
            Assert.Throws<TinySoraException>(() => ConfigFile.Load(folder.File("big.yaml"))).Id);
    }

    [Theory]
    [InlineData("", 60_000)]
    [InlineData("model:\n", 60_000)]
    [InlineData("", 101)]
    public void File_of_another_program_stops_after_a_hundred_problems(string section, int keys)
    {
        var yaml = section + string.Concat(Enumerable.Range(0, keys).Select(i => $"{(section.Length > 0 ? " " : "")}unknown{i}: 1\n"));
        var problems = ConfigFile.Check(yaml, "a.yaml");
        Assert.Equal(101, problems.Count);
        Assert.All(problems.Take(100), problem => Assert.Equal("TinySora.Config.UnknownKey", problem.Id));
        Assert.Equal("TinySora.Config.TooManyProblems", problems[100].Id);
    }

    [Fact]
    public void Setting_that_replaces_an_unreadable_value_is_checked()
    {
        var setting = ConfigSetting.Create(FamilyConfigs.Default(), "model.dim", "0");
        var error = Assert.Throws<TinySoraException>(() => ConfigFile.Parse("model:\n  dim: wide\n", "a.yaml", [setting]));
        Assert.Contains("dim is wide", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("(1 more problem)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_binary_files_are_named()
    {
        using var folder = new TemporaryFolder();
        var missing = Assert.Throws<TinySoraException>(() => ConfigFile.Load(folder.File("none.yaml")));
        Assert.Equal("TinySora.Config.FileMissing", missing.Id);
        Assert.Contains("none.yaml", missing.Message, StringComparison.Ordinal);

        File.WriteAllBytes(folder.File("x.yaml"), [0x6d, 0xc3, 0x28]);
        Assert.Equal("TinySora.Config.Unreadable",
            Assert.Throws<TinySoraException>(() => ConfigFile.Load(folder.File("x.yaml"))).Id);
    }

    [Theory]
    [InlineData("dim", "dim", 0)]
    [InlineData("dmi", "dim", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_edits_and_swaps(string a, string b, int distance) =>
        Assert.Equal(distance, NearestName.Distance(a, b));

    /// <summary>Checkpoints of versions that accepted such keys still open.</summary>
    [Theory]
    [InlineData("latent-transformer", "prob_focus_present: 0.5, force_num_frames: true, drop_short_clips: false, num_frames: null")]
    [InlineData("token-model", "prob_focus_present: 0.0, force_num_frames: true, drop_short_clips: false, num_frames: null, horizontal_flip: false")]
    [InlineData("video-autoencoder", "prob_focus_present: 0.0, cond_drop_prob: 0.1, num_frames: null")]
    [InlineData("frame-autoencoder", "prob_focus_present: 0.0, cond_drop_prob: 0.1, horizontal_flip: true, force_num_frames: true, num_frames: null, drop_short_clips: false")]
    public void Keys_of_other_families_are_unknown_and_ignored_in_stored_configurations(string family, string keys)
    {
        var yaml = $"family: {family}\ntrainer: {{ train_lr: 0.5, {keys} }}\n";
        var problems = ConfigFile.Check(yaml, "my.yaml");
        Assert.Equal(
            keys.Split(", ").Select(key => $"my.yaml:2: unknown key trainer.{key.Split(':')[0]}."), problems.Select(problem => problem.Message));
        Assert.All(problems, problem => Assert.Equal("TinySora.Config.UnknownKey", problem.Id));
        Assert.Equal(0.5, ConfigFile.ParseStored(yaml, "stored").Trainer.TrainLr);
        Assert.Equal(
            "TinySora.Config.UnknownKey",
            Assert.Throws<TinySoraException>(() => ConfigFile.ParseStored($"family: {family}\ntrainer: {{ train_rate: 0.5 }}\n", "stored")).Id);
    }
}
