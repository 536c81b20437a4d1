using System.Globalization;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Tests.Families.PixelUNet;

namespace TinySora.Engine.Tests.Configuration;

public sealed class ConfigGridTests
{
    [Fact]
    public void Every_combination_is_a_cell_named_after_the_varied_keys()
    {
        var cells = Expand(("trainer.train_lr", new object[] { 1e-4, "3e-4" }), ("diffusion.objective", new object[] { "v", "noise" }), ("trainer.seed", 7));
        Assert.Equal(
            ["objective=v+train_lr=0.0001", "objective=v+train_lr=0.0003", "objective=noise+train_lr=0.0001", "objective=noise+train_lr=0.0003"],
            cells.Select(cell => cell.Name));
        var config = ConfigFile.Parse("trainer:\n  train_lr: 1\n", "x", cells[3].Settings);
        Assert.Equal((Objective.Noise, 3e-4, (long?)7), (config.Diffusion.Objective, config.Trainer.TrainLr, config.Trainer.Seed));
    }

    [Fact]
    public void Single_values_give_one_cell_without_a_name()
    {
        Assert.Equal(("", 0), (Assert.Single(Expand()).Name, Assert.Single(Expand()).Settings.Count));
        var cell = Assert.Single(Expand(("MODEL.dim", 32), ("trainer.train_lr", new object[] { 1e-4, "1e-4", 0.0001m })));
        Assert.Equal(("", 2), (cell.Name, cell.Settings.Count));
        Assert.Equal(32, ConfigFile.Parse("", "x", cell.Settings).Model.Dim);
    }

    [Fact]
    public void Key_that_takes_a_list_varies_over_lists()
    {
        var one = Assert.Single(Expand(("model.dim_mults", new object[] { 1, 2 })));
        Assert.Equal([1, 2], ConfigFile.Parse("", "x", one.Settings).Model.DimMults);
        var two = Expand(("model.dim_mults", new object[] { new object[] { 1, 2 }, new object[] { 1, 2, 4 } }));
        Assert.Equal(["dim_mults=1_2", "dim_mults=1_2_4"], two.Select(cell => cell.Name));
    }

    [Fact]
    public void Trials_are_drawn_from_lists_and_log_uniform_ranges_and_repeat_for_a_seed()
    {
        (string, object?)[] values = [("trainer.train_lr", "1e-5..1e-1"), ("trainer.train_batch_size", "2..64"), ("trainer.amp", new object[] { true, false }), ("trainer.seed", 7)];
        var cells = Draw(400, 1, values);

        Assert.Equal(400, cells.Select(cell => cell.Name).Distinct().Count());
        Assert.Equal(cells.Select(cell => cell.Name), Draw(400, 1, values).Select(cell => cell.Name));
        Assert.NotEqual(cells.Select(cell => cell.Name), Draw(400, 2, values).Select(cell => cell.Name));
        Assert.NotEqual(Draw(4, 0, values).Select(cell => cell.Name), Draw(4, 1L << 32, values).Select(cell => cell.Name));
        Assert.All(cells, cell => Assert.DoesNotContain("seed", cell.Name, StringComparison.Ordinal));
        var configs = cells.Select(cell => ConfigFile.Parse("", "x", cell.Settings).Trainer).ToList();
        Assert.All(configs, config => Assert.InRange(config.TrainLr, 1e-5, 1e-1));
        Assert.All(configs, config => Assert.Equal(config.TrainLr, double.Parse($"{config.TrainLr:E2}", CultureInfo.InvariantCulture))); // three digits
        Assert.All(configs, config => Assert.InRange(config.TrainBatchSize, 2, 64));

        // A quarter of the draws for each power of ten, and half of them for each value of the list, within five standard deviations of 400 draws.
        Assert.All(Enumerable.Range(-5, 4), power => Assert.InRange(configs.Count(config => Math.Floor(Math.Log10(config.TrainLr)) == power), 57, 143));
        Assert.InRange(configs.Count(config => config.Amp == MixedPrecision.IfFaster), 150, 250);
    }

    [Fact]
    public void Trials_cannot_outnumber_the_combinations() =>
        Assert.Equal(4, Draw(100, 1, ("trainer.amp", new object[] { true, false }), ("trainer.seed", new object[] { 1, 2 })).Count);

    [Fact]
    public void Ranges_are_for_trials_and_must_increase_from_above_0()
    {
        var error = Assert.Throws<TinySoraException>(() => Expand(("trainer.train_lr", "1e-5..1e-3")));
        Assert.Equal("TinySora.Config.RangeNeedsTrials", error.Id);
        Assert.Contains("1e-5..1e-3", error.Message, StringComparison.Ordinal);
        foreach (var bad in (string[])["0..1", "1e-3..1e-5", "1e-3..1e-3", "-1..1"])
        {
            error = Assert.Throws<TinySoraException>(() => Draw(2, 0, ("trainer.train_lr", bad)));
            Assert.Equal("TinySora.Config.BadRange", error.Id);
            Assert.Contains(bad, error.Message, StringComparison.Ordinal);
        }

        // A path to a parent folder is not a range.
        Assert.Equal("../clips", ConfigFile.Parse("", "x", Assert.Single(Expand(("training_data_dir", "../clips"))).Settings).TrainingDataDir);
    }

    [Theory]
    [InlineData("[1, 2]")]
    [InlineData("[ 1,2 ]")]
    public void List_can_be_a_string_as_in_a_file(string text) => Assert.Equal("[1, 2]", ConfigSetting.Create(new PixelUNetConfig(), "model.dim_mults", text).Text);

    [Fact]
    public void Empty_string_is_null_for_nullable_keys_and_otherwise_text()
    {
        var latent = new LatentTransformerConfig();
        Assert.Equal("\"\"", ConfigSetting.Create(latent, "latents.codec", "").Text);
        Assert.Equal("null", ConfigSetting.Create(latent, "trainer.seed", "").Text);
        Assert.Equal("TinySora.Config.WrongType", Assert.Throws<TinySoraException>(() => ConfigSetting.Create(latent, "trainer.train_lr", "")).Id);
    }

    [Fact]
    public void Names_are_plain_and_distinct()
    {
        var cells = Expand(("training_data_dir", new object[] { "./a b", "./a/b" }), ("trainer.amp", new object[] { true, false }));
        Assert.Equal(
            ["amp=true+training_data_dir=._a_b", "amp=true+training_data_dir=._a_b-2", "amp=false+training_data_dir=._a_b", "amp=false+training_data_dir=._a_b-2"],
            cells.Select(cell => cell.Name));
    }

    [Fact]
    public void Wrong_keys_types_and_values_are_refused_by_name()
    {
        var key = Assert.Throws<TinySoraException>(() => Expand(("train_lr", 1)));
        Assert.Equal("TinySora.Config.UnknownKey", key.Id);
        Assert.Contains("-Set: unknown key train_lr; did you mean trainer.train_lr?", key.Message, StringComparison.Ordinal);
        Assert.Equal("TinySora.Config.SectionSet", Assert.Throws<TinySoraException>(() => Expand(("model", 1))).Id);
        Assert.Equal("TinySora.Config.WrongType", Assert.Throws<TinySoraException>(() => Expand(("model.dim", "many"))).Id);
        Assert.Equal("TinySora.Config.WrongType", Assert.Throws<TinySoraException>(() => Expand(("model.dim", null))).Id);
        Assert.Equal("TinySora.Config.NoValue", Assert.Throws<TinySoraException>(() => Expand(("model.dim", Array.Empty<object>()))).Id);

        // The line of the replaced value would mislead.
        var value = Assert.Throws<TinySoraException>(() => ConfigFile.Parse("model:\n  dim: 32\n", "my.yaml", Expand(("model.dim", 3))[0].Settings));
        Assert.Equal("TinySora.Config.InvalidValue", value.Id);
        Assert.StartsWith("-Set: model.dim is 3", value.Message, StringComparison.Ordinal);

        // The line of a key that the replacement invalidated would mislead, too.
        var other = Assert.Throws<TinySoraException>(() => ConfigFile.Parse(
            "trainer:\n  optimizer: adamw\n  weight_decay: 0.1\n", "my.yaml", Expand(("trainer.optimizer", "adam"))[0].Settings));
        Assert.StartsWith("-Set: trainer.weight_decay is 0.1; expected 0 unless trainer.optimizer is adamw", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Override_replaces_an_invalid_value() =>
        Assert.Equal(32, ConfigFile.Parse("model:\n  dim: 3\n", "x", Expand(("model.dim", 32))[0].Settings).Model.Dim);

    [Fact]
    public void Differences_between_configurations_are_the_values_not_all_share()
    {
        RunConfig[] configs = [.. Expand(("trainer.train_lr", new object[] { 1e-4, 1e-3 }), ("model.init_dim", new object[] { 8, null! }))
            .Select(cell => ConfigFile.Parse("trainer:\n  seed: 3\n", "x", cell.Settings))];
        Assert.Equal(
            ["init_dim=8, train_lr=0.0001", "init_dim=8, train_lr=0.001", "init_dim=null, train_lr=0.0001", "init_dim=null, train_lr=0.001"],
            ConfigFile.DescribeDifferences(configs).Select(labels => string.Join(", ", labels)));
        Assert.Empty(ConfigFile.DescribeDifferences([configs[0]])[0]);
        var families = ConfigFile.DescribeDifferences([new RunConfig(), new RunConfig { Family = new LatentTransformerConfig() }]);
        Assert.Equal(["family=pixel-unet", "family=latent-transformer"], families.Select(labels => labels[0]));
    }

    private static IReadOnlyList<ConfigCell> Draw(int trials, long seed, params (string Key, object? Value)[] values) =>
        ConfigGrid.Draw(new PixelUNetConfig(), values.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)), trials, seed);

    private static IReadOnlyList<ConfigCell> Expand(params (string Key, object? Value)[] values) =>
        ConfigGrid.Expand(new PixelUNetConfig(), values.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
}
