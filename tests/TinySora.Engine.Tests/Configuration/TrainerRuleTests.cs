using System.Reflection;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.PixelUNet;

namespace TinySora.Engine.Tests.Configuration;

public sealed class TrainerRuleTests
{
    /// <summary>Keys with values inside and outside of their bounds, separated by bars, and the bounds in the message.</summary>
    [Theory]
    [InlineData("ema_decay", "0|0.9999", "-0.1|1", "at least 0 and less than 1")]
    [InlineData("train_batch_size", "1|65536", "0|65537", "1 to 65536")]
    [InlineData("train_lr", "1e-9", "0|-1", "above 0")]
    [InlineData("train_num_steps", "0|0 epochs", "-1", "0 or more")]
    [InlineData("train_minutes", "0.1|1051200|null", "0|1051201", "above 0 and at most 1051200, or null")]
    [InlineData("gradient_accumulate_every", "1", "0", "1 or more")]
    [InlineData("step_start_ema", "0", "-1", "0 or more")]
    [InlineData("update_ema_every", "1", "0", "1 or more")]
    [InlineData("save_model_every", "1|1 epoch", "0|0 epochs", "1 or more")]
    [InlineData("results_folder", "x", "''", "a folder")]
    [InlineData("num_sample_rows", "0", "-1", "0 or more")]
    [InlineData("sample_every", "0", "-1|-1 epochs", "0 or more")]
    [InlineData("sample_at", "[]|[1]|[100]", "[0]|[101]|[50, 0]", "percentages from 1 to 100")]
    [InlineData("validate_every", "0", "-1", "0 or more")]
    [InlineData("limit_train_batches", "0.01|1|2", "0|1.5", "above 0 and at most 1, or a whole number")]
    [InlineData("limit_val_batches", "0.01|1|2", "0|1.5", "above 0 and at most 1, or a whole number")]
    [InlineData("max_grad_norm", "0.1|null", "0", "above 0, or null")]
    [InlineData("max_grad_norm_from", "0", "-1", "0 or more")]
    [InlineData("word_drop_prob", "0|0.99", "-0.1|1", "at least 0 and less than 1")]
    [InlineData("cond_drop_prob", "0|1", "-0.1|1.1", "0 to 1")]
    [InlineData("prob_focus_present", "0|1", "-0.1|1.1", "0 to 1")]
    [InlineData("keep_checkpoints", "0", "-1", "0 or more")]
    [InlineData("best_by", "loss|highest loss", "bias", "loss or a validation metric, such as val.loss or highest val.psnr")]
    [InlineData("adam_beta1", "0|0.99", "-0.1|1", "at least 0 and less than 1")]
    [InlineData("adam_beta2", "0|0.99", "-0.1|1", "at least 0 and less than 1")]
    [InlineData("weight_decay", "0|0.1", "-0.1", "0 or more", "optimizer: muon")]
    [InlineData("weight_decay", "0", "0.1", "0 unless trainer.optimizer is adamw or muon", "optimizer: adam")]
    [InlineData("weight_decay_from_axes", "0", "-1", "0 or more")]
    [InlineData("warmup_steps", "0", "-1", "0 or more")]
    [InlineData("lr_decay_steps", "null|6", "5", "more than trainer.warmup_steps (5), or null", "warmup_steps: 5")]
    [InlineData("lr_final_factor", "0|1", "-0.1|1.1", "0 to 1")]
    [InlineData("lr_patience", "0", "-1", "0 or more")]
    [InlineData("lr_plateau_factor", "0.1|0.9", "0|1", "greater than 0 and less than 1")]
    [InlineData("adapter_rank", "1|1000|null", "0|1001", "1 to 1000, or null")]
    [InlineData("adapter_layers", "'*.weight'|null", "' '", "names of weights, or null")]
    [InlineData("early_stopping_patience", "1|null", "0", "1 or more, or null", "best_by: val.loss, validate_every: 1")]
    [InlineData("early_stopping_patience", "null", "1", "null, unless trainer.best_by is a validation metric", "best_by: loss, validate_every: 1")]
    [InlineData("best_by", "val.loss|highest val.loss|loss", "accuracy", "loss or a validation metric", "validate_every: 1")]
    [InlineData("best_by", "loss", "val.loss", "loss, or trainer.validate_every above 0", "validate_every: 0")]
    [InlineData("lr_schedule", "plateau|constant", "linear", "constant, cosine or plateau", "best_by: highest val.psnr, validate_every: 1 epoch")]
    [InlineData("lr_schedule", "constant|cosine", "plateau", "constant or cosine, unless trainer.best_by is a validation metric", "validate_every: 1")]
    [InlineData("captions", "drawn|all", "some", "all or drawn", "balance_captions: false")]
    [InlineData("captions", "all", "drawn", "all if trainer.balance_captions is true", "balance_captions: true")]
    [InlineData("balance_others", "1|65536", "0|65537", "1 to 65536")]
    [InlineData("balance_words", "red|null", "[red]", "text, or null", "balance_captions: false")]
    [InlineData("balance_words", "null", "red", "null if trainer.balance_captions is true", "balance_captions: true")]
    public void Values_outside_of_the_bounds_are_refused_with_the_bounds(string key, string valid, string invalid, string expected, string others = "")
    {
        Assert.All(valid.Split('|'), value => Assert.Empty(Check(value)));
        Assert.All(invalid.Split('|'), value =>
        {
            var error = Assert.Single(Check(value));
            Assert.Equal($"trainer.{key}", error.Target);
            Assert.Contains($"; expected {expected}", error.Message, StringComparison.Ordinal);
        });

        IReadOnlyList<TinySora.Engine.Errors.TinySoraException> Check(string value) => ConfigFile.Check(
            $"model:\n  text_encoder: learned\ntrainer:\n{string.Concat(others.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(other => $"  {other}\n"))}"
                + $"  {key}: {value}\n", "a.yaml");
    }

    [Fact]
    public void Bounds_of_every_number_are_tested()
    {
        var tested = typeof(TrainerRuleTests).GetMethod(nameof(Values_outside_of_the_bounds_are_refused_with_the_bounds))!
            .GetCustomAttributes<InlineDataAttribute>().Select(row => row.Data[0]);
        var numbers = ConfigSchema.For(new PixelUNetConfig()).Keys
            .Where(key => key.Section == "trainer" && key.Type != typeof(bool) && (key.Type.IsPrimitive || key.Type == typeof(TrainingSpan)));
        Assert.Equal(["num_frames", "seed"], numbers.Select(key => key.Name).Except(tested).Order());
    }

    [Theory]
    [InlineData("training_data_dir: ''", "training_data_dir", "a folder")]
    [InlineData("model: {text_encoder: none}\ntrainer: {word_drop_prob: 0.5}", "trainer.word_drop_prob", "0 unless model.text_encoder is learned")]
    public void Rules_of_other_keys_are_stated(string yaml, string key, string expected)
    {
        var error = Assert.Single(ConfigFile.Check(yaml, "a.yaml"));
        Assert.Equal(key, error.Target);
        Assert.Contains($"; expected {expected}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>An invalid key does not also invalidate the keys whose rules depend on it.</summary>
    [Theory]
    [InlineData("best_by: nonsense\n  early_stopping_patience: 3", "trainer.best_by")]
    [InlineData("best_by: nonsense\n  lr_schedule: plateau", "trainer.best_by")]
    [InlineData("validate_every: -1\n  best_by: val.loss", "trainer.validate_every")]
    [InlineData("warmup_steps: -1\n  lr_decay_steps: -5", "trainer.warmup_steps")]
    [InlineData("optimizer: sgd\n  weight_decay: 0.1", "trainer.optimizer")]
    public void Consequences_of_an_invalid_value_are_not_reported(string trainer, string key) =>
        Assert.Equal(key, Assert.Single(ConfigFile.Check($"trainer:\n  {trainer}\n", "a.yaml")).Target);
}
