using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Dialects;
using TinySora.Engine.Tests.Media;

namespace TinySora.Engine.Tests.Dialects;

/// <summary>Both files of the tutorial, with their published keys and values.</summary>
public sealed class LatteDialectTests
{
    [Theory]
    [InlineData("mnist", "autoencoder", "latte-mnist-vae")]
    [InlineData("ucf", "autoencoder", "latte-ucf-vae")]
    [InlineData("mnist", "transformer", "latte-mnist")]
    [InlineData("ucf", "transformer", "latte-ucf")]
    public void Published_file_equals_the_preset_of_its_name(string name, string part, string preset)
    {
        var file = DialectFile.Read(Text(name), name)!;
        Assert.Empty(file.Problems);
        Assert.Empty(file.Warnings);
        var config = file.Convert(name, part);
        var expected = ConfigFile.Parse(InItsFolders(Presets.Text(preset), preset.Split('-')[1]), preset);
        Assert.Empty(ConfigFile.Compare(expected, config));
        Assert.Equal(ConfigFile.ToYaml(expected), ConfigFile.ToYaml(config));
        Assert.Empty(ConfigFile.Check(ConfigFile.ToYaml(config), name));
    }

    /// <summary>Returns a preset with the folders of the published file; those of a preset are below ./runs.</summary>
    private static string InItsFolders(string text, string name)
    {
        var task = name == "mnist" ? "mmnist" : name;
        return text.Replace($"./runs/latte-{name}-vae", task, StringComparison.Ordinal)
            .Replace($"./runs/latte-{name}", $"{task}/dit_ckpt", StringComparison.Ordinal)
            .Replace("weights: \"dit_ckpt.pth\"", "weights: \"../dit_ckpt.pth\"", StringComparison.Ordinal);
    }

    [Fact]
    public void Video_names_and_number_are_those_of_the_published_code()
    {
        var videos = DialectFile.Read(Text("ucf").Replace("num_samples: 1", "num_samples: 3", StringComparison.Ordinal), "ucf")!.Videos;
        Assert.Equal(
            new ConfiguredVideos("ucf/dit_ckpt")
            {
                OutputPath = "ucf/samples", Name = "sample_video", NoiseVideos = "sample_output_*.mp4", Format = "mp4", FramesPerSecond = 8, Count = 3, Seed = 1111,
            },
            videos);
        Assert.Equal(("sample_video_0", "sample_video"), (videos.NameOf(1), videos.NameOf(3)));
        var none = DialectFile.Read(Text("ucf").Replace("num_samples: 1", "num_samples: 0", StringComparison.Ordinal), "ucf.yaml")!;
        Assert.Equal("train_params.num_samples", Assert.Throws<TinySoraException>(() => none.Videos).Target);
    }

    [Fact]
    public void Every_published_key_is_listed_with_value_and_meaning()
    {
        var entries = DialectFile.Read(Text("ucf"), "ucf")!.Entries;
        var section = "";
        var published = new List<string>();
        foreach (var line in Text("ucf").Split('\n').Where(line => line.Trim().Length > 0))
        {
            section = line[0] == ' ' ? section : line.Split(':')[0];
            published.AddRange(line[0] == ' ' ? [$"{section}.{line.Trim().Split(':')[0]}"] : []);
        }

        Assert.Equal(56, published.Count);
        Assert.Equal(published, entries.Select(entry => entry.Key));
        Assert.All(entries, entry => Assert.NotEmpty(entry.Description));
        Assert.Equal(8192, entries.Single(entry => entry.Key == "autoencoder_params.codebook_size").Value);
        Assert.Equal([true, true, true], (IReadOnlyList<bool>)entries.Single(entry => entry.Key == "autoencoder_params.down_sample").Value!);
    }

    [Theory]
    [InlineData("down_channels: [32, 64, 128]", "down_channels: [32, 48, 128]", "autoencoder_params.down_channels")]
    [InlineData("mid_channels: [128]", "mid_channels: [64]", "autoencoder_params.mid_channels")]
    [InlineData("down_sample: [True, True]", "down_sample: [True]", "autoencoder_params.down_sample")]
    [InlineData("centre_square_crop: False", "centre_square_crop: True", "dataset_params.centre_square_crop")]
    [InlineData("num_layers: 12", "num_layers: 11", "ditv_params.num_layers")]
    [InlineData("hidden_size: 768", "hidden_size: 770", "ditv_params.hidden_size")]
    [InlineData("timestep_emb_dim: 256", "timestep_emb_dim: 255", "ditv_params.timestep_emb_dim")]
    [InlineData("beta_end: 0.02", "beta_end: 0.00001", "diffusion_params.beta_end")]
    [InlineData("frame_height: 72", "frame_height: 76", "dataset_params.frame_height")]
    [InlineData("ae_frame_sample_prob: 0.1", "ae_frame_sample_prob: 0", "dataset_params.ae_frame_sample_prob")]
    [InlineData("disc_weight: 0.5", "disc_weight: -1", "train_params.disc_weight")]
    [InlineData("autoencoder_acc_steps: 1", "autoencoder_acc_steps: 0", "train_params.autoencoder_acc_steps")]
    [InlineData("autoencoder_lr: 0.0001", "autoencoder_lr: fast", "train_params.autoencoder_lr")]
    [InlineData("task_name: 'mmnist'", "task_name: ''", "train_params.task_name")]
    public void Wrong_value_is_named_by_its_key_and_line(string right, string wrong, string key)
    {
        Assert.Contains(right, Text("mnist"), StringComparison.Ordinal);
        var text = Text("mnist").Replace(right, wrong, StringComparison.Ordinal);
        var line = text[..text.IndexOf(wrong, StringComparison.Ordinal)].Count(c => c == '\n') + 1;
        var problem = Assert.Single(DialectFile.Read(text, "mnist.yaml")!.Problems);
        Assert.StartsWith($"mnist.yaml:{line}: {key} ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_key_is_an_error_unless_unused_and_an_unknown_one_a_warning()
    {
        var text = Text("mnist").Replace("  z_channels: 4\n", "", StringComparison.Ordinal).Replace("  codebook_size: 20\n", "  color: red\n", StringComparison.Ordinal)
            + "extra_params:\n  a: 1\n";
        var file = DialectFile.Read(text, "mnist.yaml")!;
        var problem = Assert.Single(file.Problems);
        Assert.Equal(("TinySora.Config.MissingKey", "autoencoder_params.z_channels"), (problem.Id, problem.Target));
        Assert.Equal(2, file.Warnings.Count);
        Assert.Contains("autoencoder_params.color", file.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("extra_params", file.Warnings[1], StringComparison.Ordinal);
        Clips.Fails("TinySora.Config.MissingKey", () => file.Convert("mnist.yaml", "autoencoder"));
    }

    [Fact]
    public void Steps_of_the_file_are_micro_batches()
    {
        var text = Text("mnist").Replace("autoencoder_acc_steps: 1", "autoencoder_acc_steps: 3", StringComparison.Ordinal);
        var yaml = ConfigFile.ToYaml(DialectFile.Read(text, "x")!.Convert("x", "Autoencoder"));
        Assert.Contains("disc_start: 167", yaml, StringComparison.Ordinal);
        Assert.Contains("sample_every: 22", yaml, StringComparison.Ordinal);
        Assert.Contains("gradient_accumulate_every: 3", yaml, StringComparison.Ordinal);
    }

    /// <summary>The noisiest of ten timesteps still has nine tenths of the signal's power, as in the tutorial.</summary>
    [Fact]
    public void Changed_number_of_timesteps_keeps_the_variances_of_the_file()
    {
        Assert.Contains("num_timesteps: 1000", Text("mnist"), StringComparison.Ordinal);
        var text = Text("mnist").Replace("num_timesteps: 1000", "num_timesteps: 10", StringComparison.Ordinal);
        var noise = DialectFile.Read(text, "x")!.Convert("x", "Transformer").Of<LatentTransformerConfig>().Family.Diffusion;
        Assert.Equal(0.9037394523620605, Math.Pow(noise.Schedule()[9].Signal, 2), 1e-6);
    }

    [Fact]
    public void TinySora_configuration_has_no_dialect()
    {
        Assert.All(Presets.Names, name => Assert.Null(DialectFile.Read(Presets.Text(name), name)));
        Assert.Null(DialectFile.Read("", "empty"));
        Assert.Null(DialectFile.Read("a list", "x"));
    }

    /// <summary>
    /// A row has the section only before its first key. Keys with the same name in both files share a row; keys without a counterpart are listed, unless they
    /// belong to the transformer.
    /// </summary>
    [Fact]
    public void Page_lists_our_key_for_each_key_of_the_files()
    {
        var page = File.ReadAllLines(Repository.At("docs", "autoencoders.md"));
        var pairs = page.Select(line => line.Split('|')).Where(cells => cells.Length == 5).SelectMany(cells =>
            Names(cells[1]).Select(name => name.Contains('.', StringComparison.Ordinal) ? name : $"{Names(cells[1])[0].Split('.')[0]}.{name}").Zip(Names(cells[2])))
            .ToHashSet();
        Assert.All(LatteDialect.Names, name => Assert.True(
            pairs.Contains((name.Value, name.Key))
            || (name.Value.Split('.') is [var theirs, var key] && name.Key.Split('.') is [var ours, var same] && key == same
                && pairs.Contains(($"{theirs}.*", $"{ours}.*"))), name.Value));
        Assert.All(
            DialectFile.Read(Text("mnist"), "mnist")!.Entries.Select(entry => entry.Key)
                .Except(LatteDialect.Names.Values).Except(LatteDialect.NamesOfTransformer.Values),
            key => Assert.Contains(page, line => line.Contains($"`{key.Split('.')[1]}`", StringComparison.Ordinal)));

        static string[] Names(string cell) => [.. cell.Split(',').Select(name => name.Trim(' ', '`'))];
    }

    internal static string Text(string name) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "latte", name + ".yaml")).ReplaceLineEndings("\n");
}
