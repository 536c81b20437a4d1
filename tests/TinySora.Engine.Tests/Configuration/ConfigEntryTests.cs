using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.PixelUNet;

namespace TinySora.Engine.Tests.Configuration;

public sealed class ConfigEntryTests
{
    private static readonly IReadOnlyList<ConfigEntry> Entries = ConfigFile.Entries(ConfigFile.Parse(
        "model: {dim_mults: [1, 2]}\ntrainer: {optimizer: adamw, amp: true, seed: 3, train_lr: 1e-4}", "a.yaml"));

    [Theory]
    [InlineData("model.dim_mults", "1, 2", "1, 2, 4, 8", false)]
    [InlineData("trainer.optimizer", "adamw", "adam", false)]
    [InlineData("trainer.amp", "True", "False", false)]
    [InlineData("trainer.seed", "3", "", false)]
    [InlineData("trainer.train_lr", "0.0001", "0.0001", true)]
    [InlineData("family", "pixel-unet", "pixel-unet", true)]
    public void Values_are_displayed_as_they_are_spelled_in_files(string key, string value, string expected, bool isDefault)
    {
        var entry = Entries.Single(entry => entry.Key == key);
        Assert.Equal((value, expected), ($"{entry.ForDisplay().Value}", $"{entry.ForDisplay().Default}"));
        Assert.Equal(isDefault, entry.IsDefault);
        Assert.Equal(isDefault, entry.ForDisplay().IsDefault);
    }

    [Fact]
    public void Entry_is_written_as_a_line_of_a_file()
    {
        Assert.Equal("model.dim_mults: [1, 2]", $"{Entries.Single(entry => entry.Key == "model.dim_mults")}");
        Assert.Equal("trainer.optimizer: \"adamw\"", $"{Entries.Single(entry => entry.Key == "trainer.optimizer")}");
    }

    [Theory]
    [InlineData("TRAINER", "trainer.*")]
    [InlineData("trainer.train_l", "trainer.train_lr")]
    [InlineData("famly", "family")]
    [InlineData("trainer.zzzzzzzzzzzz", null)]
    public void Misspelled_key_finds_the_nearest_and_a_section_its_keys(string key, string? nearest) =>
        Assert.Equal(nearest, ConfigEntry.Nearest(key, Entries));

    [Fact]
    public void Default_of_the_family_is_that_of_a_file_without_one() => Assert.Equal(
        "pixel-unet", ConfigFile.Entries(new RunConfig { Family = new LatentTransformerConfig() }).Single(entry => entry.Key == "family").Default);

    [Fact]
    public void Setting_names_its_key_and_applies_to_other_families()
    {
        var setting = ConfigSetting.Create(new PixelUNetConfig(), "TRAINER.TRAIN_LR", "1e-3");
        Assert.Equal(("trainer.train_lr", "0.001", "train_lr=0.001"), (setting.Name, setting.Text, setting.Label));
        Assert.Equal("train_lr=0.001", setting.For(new LatentTransformerConfig()).Label);

        // Two sections have such a key.
        Assert.Equal("model.channels=3", ConfigSetting.Create(new PixelUNetConfig(), "model.channels", 3).Label);
        Assert.Equal("optimizer=adamw", ConfigSetting.Create(new PixelUNetConfig(), "trainer.optimizer", "AdamW").Label);
        var error = Assert.Throws<TinySoraException>(() => ConfigSetting.Create(new PixelUNetConfig(), "model.dim", 8).For(new LatentTransformerConfig()));
        Assert.Equal(("TinySora.Config.UnknownKey", "model.dim"), (error.Id, error.Target));
    }

    [Fact]
    public void Key_of_some_families_is_found_in_these()
    {
        FamilyConfig[] families = [new PixelUNetConfig(), new LatentTransformerConfig()];
        Assert.Equal(families, ConfigSetting.FamiliesWithKey(families, "trainer.train_lr"));
        Assert.Equal([families[0]], ConfigSetting.FamiliesWithKey(families, "model.dim_mults"));
        var unknown = Assert.Throws<TinySoraException>(() => ConfigSetting.FamiliesWithKey(families, "model.dim_mult"));
        Assert.Contains("-Set: unknown key model.dim_mult; did you mean model.dim_mults?", unknown.Message, StringComparison.Ordinal);
        var ofOne = Assert.Throws<TinySoraException>(() => ConfigSetting.FamiliesWithKey(families, "text.widht"));
        Assert.Contains("did you mean text.width?", ofOne.Message, StringComparison.Ordinal); // not diffusion.width, which comes first
        var section = Assert.Throws<TinySoraException>(() => ConfigSetting.FamiliesWithKey(families, "latents"));
        Assert.Equal(("TinySora.Config.SectionSet", "latents"), (section.Id, section.Target));
        Assert.Equal("TinySora.Config.UnknownKey", Assert.Throws<TinySoraException>(() => ConfigSetting.FamiliesWithKey(families, "")).Id);
    }

    [Theory]
    [InlineData("trainer.seed", true)]
    [InlineData("trainer.train_batch_size", true)]
    [InlineData("trainer.train_num_steps", true)]
    [InlineData("trainer.train_lr", false)]
    [InlineData("trainer.results_folder", false)]
    public void Whole_numbers_are_drawn_for_keys_that_take_them(string key, bool isWhole) =>
        Assert.Equal(isWhole, ConfigSetting.TakesWholeNumber(new PixelUNetConfig(), key));

    [Fact]
    public void Stored_configuration_is_recognized_by_its_first_line()
    {
        var yaml = ConfigFile.ToYaml(new RunConfig(), comments: true);
        Assert.True(ConfigFile.HasStoredForm(yaml));
        Assert.True(ConfigFile.HasStoredForm(yaml.Replace("\n", "\r\n", StringComparison.Ordinal)));
        Assert.True(ConfigFile.HasStoredForm("family: \"pixel-unet\" # The family of models; each has sections of its own.\nmodel:\n"));
        Assert.False(ConfigFile.HasStoredForm(ConfigFile.ToYaml(new RunConfig())));
        Assert.False(ConfigFile.HasStoredForm("# mine\n" + yaml));
        Assert.False(ConfigFile.HasStoredForm("family: pixel-unet\nmodel: # Model family; each family has its own sections.\n"));
    }

    [Fact]
    public void Comments_start_in_one_column()
    {
        var lines = ConfigFile.ToYaml(new RunConfig(), comments: true).Split('\n');
        Assert.Equal("family: \"pixel-unet\"                     # Model family; each family has its own sections.", lines[0]);
        Assert.Contains("trainer:", lines);
        Assert.Equal("", lines[Array.IndexOf(lines, "trainer:") - 1]);
        Assert.Contains("  train_lr: 0.0001                       # Learning rate.", lines);
    }

    [Fact]
    public void Other_families_and_changed_keys_are_differences()
    {
        var other = new RunConfig { Family = new LatentTransformerConfig() };
        Assert.Equal([new ConfigDifference("family", "pixel-unet", "latent-transformer")], ConfigFile.Compare(new RunConfig(), other));
        Assert.Empty(ConfigFile.CompareWithDefaults(other));
        var changed = other with { Trainer = new() { TrainLr = 0.5, TrainNumSteps = 3 } };
        Assert.Equal([new ConfigDifference("trainer.train_lr", "0.0001", "0.5")], ConfigFile.CompareWithDefaults(changed));
        Assert.Equal("trainer.train_lr: 0.0001 in the checkpoint, 0.5 in this configuration", ConfigFile.CompareWithDefaults(changed)[0].Describe());
    }

    [Fact]
    public void Text_is_written_to_a_new_file_or_over_an_existing_one()
    {
        using var folder = new TemporaryFolder();
        ConfigFile.WriteText(folder.File("a.yaml"), "a");
        ConfigFile.WriteText(folder.File("a.yaml"), "b");
        Assert.Throws<TinySoraException>(() => ConfigFile.WriteText(folder.File("a.yaml"), "c", overwrite: false));
        Assert.Equal("b", File.ReadAllText(folder.File("a.yaml")));
        Assert.Equal("TinySora.Config.CannotWrite", Assert.Throws<TinySoraException>(() => ConfigFile.WriteText(folder.File("no", "a.yaml"), "a")).Id);
    }

    [Fact]
    public void Text_at_the_limit_of_the_size_is_read_and_a_longer_one_refused()
    {
        Assert.Equal("pixel-unet", ConfigFile.Parse(new string('#', 1 << 20), "a.yaml").Family.Name);
        var error = Assert.Throws<TinySoraException>(() => ConfigFile.Parse(new string('#', (1 << 20) + 1), "a.yaml"));
        Assert.Contains("a.yaml is larger than 1 MiB", error.Message, StringComparison.Ordinal);

        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.yaml"), new string('#', 1 << 20));
        Assert.Equal("pixel-unet", ConfigFile.Load(folder.File("a.yaml")).Family.Name);
        Directory.CreateDirectory(folder.File("b.yaml"));
        Assert.Equal("TinySora.Config.FileMissing", Assert.Throws<TinySoraException>(() => ConfigFile.Load(folder.File("b.yaml"))).Id);
    }

    [Theory]
    [InlineData("init_dim: null")]
    [InlineData("init_dim: Null")]
    [InlineData("init_dim: NULL")]
    [InlineData("init_dim: ~")]
    [InlineData("init_dim:")]
    public void Null_is_read_in_every_spelling_of_YAML(string line) =>
        Assert.Null(ConfigFile.Parse($"model:\n  {line}\n", "a.yaml").Of<PixelUNetConfig>().Family.Model.InitDim);

    [Theory]
    [InlineData("true", true)]
    [InlineData("Yes", true)]
    [InlineData("on", true)]
    [InlineData("FALSE", false)]
    [InlineData("no", false)]
    [InlineData("off", false)]
    public void Truth_values_are_read_in_every_spelling_of_YAML(string text, bool expected) =>
        Assert.Equal(expected, ConfigFile.Parse($"trainer:\n  track: {text}\n", "a.yaml").Trainer.Track);

    [Fact]
    public void Null_is_refused_for_a_key_that_requires_a_value()
    {
        var error = Assert.Throws<TinySoraException>(() => ConfigSetting.Create(new PixelUNetConfig(), "model.dim", null));
        Assert.Contains("model.dim is null; expected a whole number", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_up_to_sixteen_levels_is_read()
    {
        Assert.Equal("TinySora.Config.UnknownKey", Assert.Single(ConfigFile.Check($"a: {new string('[', 15)}1{new string(']', 15)}", "a.yaml")).Id);
        var error = Assert.Single(ConfigFile.Check($"a: {new string('[', 16)}1{new string(']', 16)}", "a.yaml"));
        Assert.Contains("nesting deeper than 16 levels", error.Message, StringComparison.Ordinal);
    }
}
