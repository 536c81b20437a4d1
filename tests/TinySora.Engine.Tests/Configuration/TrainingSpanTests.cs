using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Configuration;

public sealed class TrainingSpanTests
{
    [Theory]
    [InlineData("400", 400, false)]
    [InlineData("1 epoch", 1, true)]
    [InlineData("\"20 epochs\"", 20, true)]
    public void Span_is_given_in_steps_or_epochs(string text, int count, bool inEpochs)
    {
        var config = ConfigFile.Parse($"trainer:\n  train_num_steps: {text}\n", "x");
        Assert.Equal(new TrainingSpan(count, inEpochs), config.Trainer.TrainNumSteps);
        Assert.Equal(config.Trainer, ConfigFile.Parse(ConfigFile.ToYaml(config), "again").Trainer);
        Assert.Equal(inEpochs, config.Trainer.CountsEpochs);
    }

    [Theory]
    [InlineData("2 weeks")]
    [InlineData("1.5 epochs")]
    [InlineData("\"400\"")]
    [InlineData("010")]
    public void Other_text_is_not_a_span(string text) => Assert.Equal(
        "TinySora.Config.WrongType", Assert.Single(ConfigFile.Check($"trainer:\n  save_model_every: {text}\n", "x")).Id);

    [Theory]
    [InlineData("1_000", 1000, false, "1000")]
    [InlineData("-3", -3, false, "-3")]
    [InlineData("+3", 3, false, "3")]
    [InlineData("0 epochs", 0, true, "0 epochs")]
    [InlineData("1  epochs", 1, true, "1 epoch")]
    public void Span_is_parsed_and_written(string text, int count, bool inEpochs, string written)
    {
        Assert.Equal(new TrainingSpan(count, inEpochs), TrainingSpan.Parse(text));
        Assert.Equal(written, $"{TrainingSpan.Parse(text)}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("epochs")]
    [InlineData("2epochs")]
    [InlineData("2 epochs more")]
    [InlineData("_2")]
    [InlineData("2147483648")]
    public void Text_without_a_number_is_not_a_span(string text) => Assert.Null(TrainingSpan.Parse(text));

    [Fact]
    public void Epochs_become_at_most_the_greatest_number_of_steps()
    {
        Assert.Equal(6, new TrainingSpan(2, InEpochs: true).InSteps(3).Steps);
        Assert.Equal(2, new TrainingSpan(2).InSteps(3).Steps);
        Assert.Equal(int.MaxValue, new TrainingSpan(int.MaxValue, InEpochs: true).InSteps(3).Steps);
        Assert.Contains("2 epochs", Assert.Throws<InvalidOperationException>(() => new TrainingSpan(2, InEpochs: true).Steps).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_span_is_converted_to_steps()
    {
        var epoch = new TrainingSpan(1, InEpochs: true);
        TrainerConfig[] all = [new() { TrainNumSteps = epoch }, new() { SaveModelEvery = epoch }, new() { SampleEvery = epoch }, new() { ValidateEvery = epoch }];
        Assert.All(all, trainer =>
        {
            Assert.True(trainer.CountsEpochs);
            Assert.False(trainer.InSteps(5).CountsEpochs);
        });
        Assert.Equal(5, all[0].InSteps(5).TrainNumSteps);
        Assert.Equal(5, all[1].InSteps(5).SaveModelEvery);
        Assert.Equal(5, all[2].InSteps(5).SampleEvery);
        Assert.Equal(5, all[3].InSteps(5).ValidateEvery);
    }

    [Fact]
    public void Epoch_has_one_step_per_batch_of_all_examples()
    {
        var trainer = new TrainerConfig { TrainBatchSize = 4, GradientAccumulateEvery = 2, TrainNumSteps = new(3, InEpochs: true), SaveModelEvery = 7 };
        var inSteps = trainer.For(examples: 17);
        Assert.Equal((9, 7), (inSteps.TrainNumSteps.Steps, inSteps.SaveModelEvery.Steps));
        Assert.Equal(3, trainer.For(examples: 1).TrainNumSteps.Steps);
        Assert.Throws<InvalidOperationException>(() => trainer.TrainNumSteps.Steps);
    }

    [Theory]
    [InlineData(0.25, 8)]
    [InlineData(0.01, 4)]
    [InlineData(3, 12)]
    [InlineData(100, 33)]
    public void Limit_of_micro_batches_shortens_an_epoch(double limit, int examples)
    {
        var trainer = new TrainerConfig { TrainBatchSize = 4, LimitTrainBatches = limit, LimitValBatches = limit };
        Assert.Equal(examples, trainer.ExamplesPerEpoch(33));
        Assert.Equal((examples + 3) / 4, trainer.StepsPerEpoch(33));
        Assert.Equal((examples + 3) / 4, trainer.ValidationBatches(33));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1.5")]
    [InlineData("-1")]
    public void Limit_is_a_share_or_a_number(string limit) => Assert.Equal(
        "TinySora.Config.InvalidValue", Assert.Single(ConfigFile.Check($"trainer:\n  limit_val_batches: {limit}\n", "x")).Id);

    [Fact]
    public void Span_ends_at_its_multiples_and_an_empty_one_never()
    {
        Assert.Equal([3, 6], Enumerable.Range(1, 8).Where(new TrainingSpan(3).EndsAt));
        Assert.DoesNotContain(Enumerable.Range(1, 8), new TrainingSpan(0).EndsAt);
    }

    [Theory]
    [InlineData("val.loss", "0", "TinySora.Config.InvalidValue")]
    [InlineData("bias", "10", "TinySora.Config.InvalidValue")]
    public void Best_model_requires_a_measured_metric(string bestBy, string every, string id) => Assert.Equal(
        id, Assert.Single(ConfigFile.Check($"trainer:\n  best_by: {bestBy}\n  validate_every: {every}\n", "x")).Id);

    [Fact]
    public void Plateau_schedule_requires_validations() => Assert.Equal(
        "TinySora.Config.InvalidValue", Assert.Single(ConfigFile.Check("trainer:\n  lr_schedule: plateau\n", "x")).Id);
}
