using System.Text.RegularExpressions;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentTransformer;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>The table of docs/latent-transformers.md. With TINYSORA_WRITE_DOCS=1 in the environment it is written anew instead.</summary>
public sealed partial class DocumentedTransformerTests
{
    private const string Heading = "## Keys\n\n";

    [Fact]
    public void Every_key_stands_there_with_its_meaning_and_default()
    {
        var path = Repository.At("docs", "latent-transformers.md");
        var page = File.ReadAllText(path).ReplaceLineEndings("\n");
        var start = page.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length;
        var end = page.IndexOf("\n\n", start, StringComparison.Ordinal);
        var written = page[..start] + Table() + (end < 0 ? "" : page[end..]);
        if (Environment.GetEnvironmentVariable("TINYSORA_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, page = written);
        }

        Assert.True(written == page, "The keys in docs/latent-transformers.md are older than the code. Run this test with TINYSORA_WRITE_DOCS=1.");
    }

    /// <summary>Of each program all flags that its specification has.</summary>
    [Theory]
    [InlineData("minisora, train_dit", "model vae_model sequence_length extras num_clips_per_video num_classes learn_sigma ae_spatial_stride ae_temporal_stride "
        + "latent_input_size epochs log_every resolution batch_size lr lr_warmup_steps gradient_accumulation_steps max_train_steps clip_max_norm "
        + "start_clip_iter resume_from_checkpoint ckpt_every sample_every track")]
    [InlineData("minisora, iddpm", "batch_size max_steps log_every checkpoint_every depth hidden_size patch_size num_heads sample_every diffusion_steps "
        + "accumulate_grad_batches lr clip_grad latent_frames_to_generate tokens_input_file latents_input_file vae resume_from enable_flashattn project track")]
    [InlineData("Open-Sora, train", "model dataset video_dir epochs batch_size grad_checkpoint accumulation_steps lr save_interval checkpoint_dir "
        + "tensorboard_dir vqvae load_model load_optimizer")]
    [InlineData("Open-Sora, sample", "model text ckpt cfg-scale disable-cfg num-sampling-steps seed width height fps sec text_model vqvae")]
    public void Every_flag_of_the_originals_has_a_key_or_a_parameter(string program, string flags)
    {
        var rows = File.ReadLines(Repository.At("docs", "latent-transformers.md")).Select(line => FlagRow().Match(line))
            .Where(row => row.Success && row.Groups["program"].Value == program).ToList();
        var named = rows.SelectMany(row => Quoted().Matches(row.Groups["flags"].Value)).Select(flag => flag.Groups["text"].Value);
        Assert.Equal(flags.Split(' ').Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        var keys = ConfigFile.Entries(new RunConfig { Family = new LatentTransformerConfig() }).Select(entry => entry.Key).ToHashSet();
        Assert.All(rows, row => Assert.True(row.Groups["here"].Value is var here && (here[0] == '-' || keys.Contains(here)), row.Value));
    }

    private static string Table()
    {
        var config = new RunConfig { Family = new LatentTransformerConfig() };
        var lines = ConfigFile.ToYaml(config).ReplaceLineEndings("\n").Split('\n').ToList();
        var own = ConfigFile.Entries(config).Where(entry => Own().IsMatch(entry.Key)).ToList();
        Assert.True(own.Count > 40);
        return string.Join('\n', own.Select(entry => $"| `{entry.Key}` | {entry.Description} | {Default(lines, entry.Key.Split('.'))} |")
            .Prepend("|---|---|---|").Prepend("| key | meaning | default |")) + "\n";
    }

    /// <summary>As YAML writes it.</summary>
    private static string Default(List<string> lines, string[] key)
    {
        var name = $"  {key[1]}: ";
        return lines.Skip(lines.IndexOf(key[0] + ":")).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];
    }

    [GeneratedRegex(@"^\| (?<program>[\w, -]+) \| (?<flags>(`[\w-]+`(, )?)+) \| `(?<here>[^`]+)` \|")]
    private static partial Regex FlagRow();

    [GeneratedRegex("`(?<text>[^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("^(model|clip|latents|text|diffusion)[.]")]
    private static partial Regex Own();
}
