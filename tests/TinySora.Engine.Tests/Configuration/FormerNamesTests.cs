using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests.Configuration;

/// <summary>Keys under the names of published configurations and earlier versions.</summary>
public sealed class FormerNamesTests
{
    /// <summary>Former names. Never shorten this list: files with these names exist.</summary>
    public static TheoryData<string, string, string, string> Names => new()
    {
        { "pixel-unet", "diffusion.image_size", "diffusion.height", "64" },
        { "pixel-unet", "diffusion.image_width", "diffusion.width", "128" },
        { "pixel-unet", "diffusion.num_frames", "diffusion.frames", "7" },
        { "video-autoencoder", "clip.sequence_length", "clip.frames", "8" },
        { "video-autoencoder", "clip.resolution", "clip.height", "128" },
        { "frame-autoencoder", "data.frame_height", "data.height", "64" },
        { "frame-autoencoder", "data.frame_width", "data.width", "64" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Former_name_is_read_and_the_new_one_written(string family, string former, string current, string value)
    {
        var config = ConfigFile.Parse(Yaml(family, former, value), "old.yaml");
        Assert.Equal(value, $"{ConfigFile.Entries(config).Single(entry => entry.Key == current).Value}");
        var written = ConfigFile.ToYaml(config);
        Assert.Equal(ConfigFile.ToYaml(ConfigFile.Parse(Yaml(family, current, value), "new.yaml")), written);
        Assert.DoesNotContain(ConfigFile.Entries(config), entry => entry.Key == former);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Override_can_use_the_former_name_in_any_case(string family, string former, string current, string value)
    {
        var setting = ConfigSetting.Create(FamilyConfigs.Create(family)!, former.ToUpperInvariant(), value);
        Assert.Equal((current, value), (setting.Name, setting.Text));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Both_names_in_one_file_are_an_error(string family, string former, string current, string value)
    {
        var yaml = $"{Yaml(family, former, value)}\n  {current.Split('.')[1]}: {value}\n";
        var error = Assert.Throws<TinySoraException>(() => ConfigFile.Parse(yaml, "both.yaml"));
        Assert.Contains(current, error.Message, StringComparison.Ordinal);
        Assert.Equal("TinySora.Config.DuplicateKey", error.Id);
    }

    private static string Yaml(string family, string key, string value) => $"family: {family}\n{key.Replace(".", ":\n  ")}: {value}";
}
