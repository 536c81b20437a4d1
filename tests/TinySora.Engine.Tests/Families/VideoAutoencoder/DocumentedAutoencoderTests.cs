using System.Text.RegularExpressions;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Families.VideoAutoencoder.Networks;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>Checks the tables in docs/autoencoders.md.</summary>
public sealed partial class DocumentedAutoencoderTests
{
    /// <summary>Flags of minisora's train_vqvae, and those that only VideoGPT's training has.</summary>
    private static readonly string[] Flags =
    [
        "embedding_dim", "n_codes", "n_hiddens", "n_res_layers", "downsample", "dataset", "track", "epochs", "sequence_length", "resolution", "batch_size",
        "num_workers", "gpus", "accumulate_grad_batches", "limit_train_batches", "limit_val_batches", "save_every_n_epochs", "reinit_every_n_epochs",
        "low_utilization_cost", "watch_gradients", "lr", "network_variant", "kl_loss_weight", "commitment_cost", "seed",
        "data_path", "max_steps", "gradient_clip_val", "default_root_dir",
    ];

    private static readonly string[] Lines = File.ReadAllLines(Repository.At("docs", "autoencoders.md"));

    private static readonly RunConfig Config = new() { Family = new VideoAutoencoderConfig() };

    [Fact]
    public void Every_key_is_documented_with_its_meaning_and_default()
    {
        var own = ConfigFile.Entries(Config).Where(entry => Regex.IsMatch(entry.Key, "^(model|clip|loss)[.]")).ToList();
        Assert.NotEmpty(own);
        Assert.All(own, entry => Assert.Contains(Lines, line => line == $"| `{entry.Key}` | {entry.Description} | {Default(entry.Key)} |"));
    }

    [Fact]
    public void Every_flag_of_the_originals_has_a_key_or_another_counterpart()
    {
        var rows = Lines.SkipWhile(line => line != "## Flags of the originals").Select(line => FlagRow().Match(line)).Where(row => row.Success).ToList();
        Assert.Equal(
            Flags.Order(StringComparer.Ordinal),
            rows.SelectMany(row => Quoted().Matches(row.Groups["flags"].Value)).Select(flag => flag.Groups["text"].Value).Order(StringComparer.Ordinal));

        var keys = ConfigFile.Entries(Config).Select(entry => entry.Key).ToHashSet();
        string[] elsewhere = ["-Device", "TINYSORA_THREADS"];
        Assert.All(rows, row => Assert.Contains(Quoted().Match(row.Groups["here"].Value).Groups["text"].Value, keys.Concat(elsewhere)));
    }

    [Fact]
    public void Every_network_is_documented_with_its_stride_and_kind() => Assert.All(NetworkVariants.All, variant =>
    {
        var stride = variant.Stride(new());
        var row = Assert.Single(Lines, line => line.StartsWith($"| {stride.Frames}, {stride.Height}, {stride.Width} |", StringComparison.Ordinal)).Split('|');
        bool IsIn(int column) => row[column].Contains($"`{variant.Name}`", StringComparison.Ordinal);
        Assert.Equal((!variant.IsVariational && !variant.IsQuantized, variant.IsVariational, variant.IsQuantized), (IsIn(2), IsIn(3), IsIn(4)));
    });

    /// <summary>Formats a value as YAML writes it.</summary>
    private static string Default(string key)
    {
        var lines = ConfigFile.ToYaml(Config).Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        var parts = key.Split('.');
        var name = $"  {parts[1]}: ";
        return lines.Skip(lines.IndexOf(parts[0] + ":")).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];
    }

    [GeneratedRegex(@"^\| (?<flags>(`\w+`(, )?)+) \| (?<here>[^|]*)\|$")]
    private static partial Regex FlagRow();

    [GeneratedRegex("`(?<text>[^`]+)`")]
    private static partial Regex Quoted();
}
