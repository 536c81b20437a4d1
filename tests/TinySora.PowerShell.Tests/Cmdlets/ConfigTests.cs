using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class ConfigTests : IDisposable
{
    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Preset_is_written_with_its_comments_and_passes_the_test()
    {
        var run = workspace.Good("New-TinySoraConfig my.yaml");
        Assert.Equal(workspace.At("my.yaml"), Assert.Single(run.Values("FullName")));
        Assert.Contains("#", File.ReadAllText(workspace.At("my.yaml")), StringComparison.Ordinal);
        Assert.Equal([true], workspace.Good("Test-TinySoraConfig my.yaml").Objects);
    }

    [Fact]
    public void Existing_file_is_kept_without_force_and_WhatIf_writes_nothing()
    {
        workspace.Bad("New-TinySoraConfig tiny.yaml", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal(Workspace.TinyConfig, File.ReadAllText(workspace.At("tiny.yaml")));
        workspace.Good("New-TinySoraConfig tiny.yaml -Force -WhatIf");
        Assert.Equal(Workspace.TinyConfig, File.ReadAllText(workspace.At("tiny.yaml")));
        workspace.Good("New-TinySoraConfig tiny.yaml -Force -WhatIf:$false -Preset default");
        Assert.NotEqual(Workspace.TinyConfig, File.ReadAllText(workspace.At("tiny.yaml")));
    }

    [Fact]
    public void Failed_write_is_one_error_and_the_old_file_is_kept()
    {
        Directory.CreateDirectory(workspace.At("tiny.yaml.partial"));
        workspace.Bad("New-TinySoraConfig tiny.yaml -Force", "TinySora.Config.CannotWrite", ErrorCategory.WriteError);
        Assert.Equal(Workspace.TinyConfig, File.ReadAllText(workspace.At("tiny.yaml")));
    }

    [Fact]
    public void Unknown_preset_is_refused_with_the_available_ones()
    {
        var error = workspace.Bad("New-TinySoraConfig x.yaml -Preset huge", "TinySora.Config.UnknownPreset", ErrorCategory.ObjectNotFound);
        Assert.Contains("shapes-small", error.ErrorDetails!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_is_shown_with_its_value_default_and_description()
    {
        var all = workspace.Good("Get-TinySoraConfig");
        Assert.True(all.Objects.Count > 50);
        Assert.DoesNotContain(all.Values("Description"), d => string.IsNullOrEmpty((string?)d));

        var one = workspace.Good("Get-TinySoraConfig tiny.yaml -Key model.dim");
        Assert.Equal(("model.dim", 8, 64), (one.Values("Key")[0], one.Values("Value")[0], one.Values("Default")[0]));
        Assert.Equal([32], workspace.Good("Get-TinySoraConfig -Preset shapes-small -Key MODEL.dim").Values("Value"));
    }

    /// <summary>The displayed text is valid in a file.</summary>
    [Theory]
    [InlineData("default", "diffusion.sampler", "ddpm")]
    [InlineData("latte-mnist", "trainer.optimizer", "adamw")]
    [InlineData("shapes-gpt", "model.architecture", "nanogpt")]
    [InlineData("shapes-small", "model.dim_mults", "1, 2, 4")]
    public void Choices_and_lists_are_shown_as_in_files(string preset, string key, string shown) =>
        Assert.Equal([shown], workspace.Good($"Get-TinySoraConfig {preset} -Key {key}").Values("Value").Select(value => $"{value}"));

    [Fact]
    public void Presets_are_accepted_in_place_of_files_and_the_nearest_name_is_suggested()
    {
        Assert.Equal([32], workspace.Good("Get-TinySoraConfig Shapes-Small -Key model.dim").Values("Value"));
        Assert.Equal([true], workspace.Good("Test-TinySoraConfig shapes-small").Objects);
        foreach (var command in (string[])["Get-TinySoraConfig shapes-smal", "Start-TinySoraTraining shapes-smal"])
        {
            var error = workspace.Bad(command, "TinySora.Config.FileMissing", ErrorCategory.ObjectNotFound);
            Assert.EndsWith("did you mean the preset shapes-small?", error.ErrorDetails!.Message, StringComparison.Ordinal);
        }

        var unknown = workspace.Bad("Start-TinySoraTraining ucf101", "TinySora.Config.FileMissing", ErrorCategory.ObjectNotFound).ErrorDetails!;
        Assert.StartsWith("There is no preset ucf101", unknown.Message, StringComparison.Ordinal);
        Assert.Contains(" latte-ucf, ", unknown.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("latte-ucf", workspace.Bad("Start-TinySoraTraining ./ucf101.yaml", "TinySora.Config.FileMissing", ErrorCategory.ObjectNotFound)
            .ErrorDetails!.RecommendedAction, StringComparison.Ordinal);

        var run = workspace.Run("Test-TinySoraConfig shapes-smal");
        Assert.Equal([false], run.Objects);
        Assert.Contains("shapes-small", Assert.Single(run.Errors).ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Write("shapes-small", "model:\n  dim: 16\n");
        Assert.Equal([16], workspace.Good("Get-TinySoraConfig shapes-small -Key model.dim").Values("Value"));
    }

    [Fact]
    public void Written_configuration_is_trained_from_the_pipeline()
    {
        workspace.Good("New-TinySoraDataset data -Count 2 -ImageSize 16 -Frames 2");
        var run = workspace.Good("New-TinySoraConfig my.yaml -Preset shapes-quick | Start-TinySoraTraining -DataPath data -Verbose -WhatIf");
        Assert.Contains($"Configuration: {workspace.At("my.yaml")}.", run.Verbose);
    }

    [Fact]
    public void Keys_with_other_values_than_the_default_are_marked()
    {
        var set = workspace.Good("Get-TinySoraConfig tiny.yaml | Where-Object IsDefault -eq $false").Values("Key");
        Assert.Contains("model.dim_mults", set);
        Assert.DoesNotContain("trainer.train_batch_size", set);
        Assert.Empty(workspace.Good("Get-TinySoraConfig | Where-Object IsDefault -eq $false").Objects);
    }

    [Theory]
    [InlineData("Get-TinySoraConfig -Key '*['", "BadPattern", ErrorCategory.InvalidArgument)]
    public void Invalid_pattern_is_one_error(string pipeline, string id, ErrorCategory category) =>
        Assert.Equal("*[", workspace.Bad(pipeline, $"TinySora.Input.{id}", category).TargetObject);

    [Theory]
    [InlineData("model.nosuch", "has no key model.nosuch.")]
    [InlineData("model.dims", "did you mean model.dim?")]
    [InlineData("Trainer", "did you mean trainer.*?")]
    public void Unknown_key_is_an_error_but_a_pattern_without_matches_is_not(string key, string message)
    {
        var error = workspace.Bad($"Get-TinySoraConfig -Key {key}", "TinySora.Config.NoSuchKey", ErrorCategory.ObjectNotFound);
        Assert.Contains(message, error.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.StartsWith("tiny.yaml ", workspace.Bad(
            $"Get-TinySoraConfig tiny.yaml {key}", "TinySora.Config.NoSuchKey", ErrorCategory.ObjectNotFound).ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.Empty(workspace.Good($"Get-TinySoraConfig -Key {key}*zz").Objects);
    }

    [Fact]
    public void Section_with_a_single_value_is_reported_as_such()
    {
        var error = workspace.Bad("Start-TinySoraTraining tiny.yaml -Set @{ Trainer = 3 }", "TinySora.Config.SectionSet", ErrorCategory.InvalidArgument);
        Assert.Contains("trainer is a section", error.ErrorDetails!.Message, StringComparison.Ordinal);
        Assert.Contains("such as trainer.", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_is_one_error_and_the_result_is_false()
    {
        workspace.Write("wrong.yaml", "model:\n  dims: 8\n  init_kernel_size: 4\n");
        var run = workspace.Run("Test-TinySoraConfig wrong.yaml");
        Assert.Equal([false], run.Objects);
        Assert.Equal(
            ["TinySora.Config.UnknownKey", "TinySora.Config.InvalidValue"], run.Errors.Select(e => e.FullyQualifiedErrorId.Split(',')[0]));
    }

    [Fact]
    public void Patterns_give_one_result_per_file()
    {
        workspace.Write("wrong.yaml", "model: 8");
        Assert.Equal([true, false], workspace.Run("Test-TinySoraConfig *.yaml -ErrorAction SilentlyContinue").Objects);
    }
}
