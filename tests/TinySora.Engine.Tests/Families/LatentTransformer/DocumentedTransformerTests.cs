using System.Text.RegularExpressions;
using TinySora.Engine.Configuration;
using TinySora.Engine.Dialects;
using TinySora.Engine.Families.LatentTransformer;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Checks the tables in docs/latent-transformers.md.</summary>
public sealed partial class DocumentedTransformerTests
{
    private const string Page = "latent-transformers.md";

    /// <summary>Flags of each published program.</summary>
    private static readonly string[] Flags =
    [
        // minisora's train_dit.py
        "model", "vae_model", "sequence_length", "extras", "num_clips_per_video", "num_classes", "learn_sigma", "ae_spatial_stride", "ae_temporal_stride",
        "latent_input_size", "epochs", "log_every", "resolution", "batch_size", "lr", "lr_warmup_steps", "gradient_accumulation_steps", "max_train_steps",
        "clip_max_norm", "start_clip_iter", "resume_from_checkpoint", "ckpt_every", "sample_every", "track",

        // minisora's iddpm.py
        "batch_size", "max_steps", "log_every", "checkpoint_every", "depth", "hidden_size", "patch_size", "num_heads", "sample_every", "diffusion_steps",
        "accumulate_grad_batches", "lr", "clip_grad", "latent_frames_to_generate", "tokens_input_file", "latents_input_file", "vae", "resume_from",
        "enable_flashattn", "project", "track",

        // Open-Sora's train and sample
        "model", "dataset", "video_dir", "epochs", "batch_size", "grad_checkpoint", "accumulation_steps", "lr", "save_interval", "checkpoint_dir",
        "tensorboard_dir", "vqvae", "load_model", "load_optimizer",
        "model", "text", "ckpt", "cfg-scale", "disable-cfg", "num-sampling-steps", "seed", "width", "height", "fps", "sec", "text_model", "vqvae",
    ];

    private static readonly string[] Section = [.. File.ReadLines(Repository.At("docs", Page))
        .SkipWhile(line => line != "## Names in the originals").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))];

    private static readonly (string Here, string[] Flags, string[] Tutorial)[] Rows = [.. Section
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Where(cells => cells is ["", ['`', ..], _, _, ""]).Select(cells => (cells[1].Trim('`'), Quoted(cells[2]), Quoted(cells[3])))];

    /// <summary>Flags that have the same name here, listed in the paragraph before the table.</summary>
    private static readonly string[] SameNames =
        Quoted(string.Join(' ', Section.TakeWhile(line => !line.StartsWith('|'))).Split("names are the same here:")[1]);

    private static readonly string[] Keys = [.. ConfigFile.Entries(new RunConfig { Family = new LatentTransformerConfig() }).Select(entry => entry.Key)];

    [Fact]
    public void Every_key_is_documented_with_its_description_and_default() => FamilyPage.CheckKeys(Page, new LatentTransformerConfig());

    [Fact]
    public void Every_flag_of_the_originals_has_a_key_or_a_parameter() => Assert.Equal(
        Flags.Except(SameNames).Order(StringComparer.Ordinal), Rows.SelectMany(row => row.Flags).Distinct().Order(StringComparer.Ordinal));

    /// <summary>The flag <c>model</c> is the network's size in training, and a checkpoint in sampling.</summary>
    [Fact]
    public void Every_other_flag_has_one_meaning() => Assert.Equal(
        ["model"], Rows.SelectMany(row => row.Flags).GroupBy(flag => flag).Where(rows => rows.Skip(1).Any()).Select(rows => rows.Key));

    [Fact]
    public void Every_key_of_the_Latte_tutorial_has_a_key()
    {
        Assert.Contains(LatteDialect.NamesOfTransformer, name => name.Key == "model.depth");
        Assert.All(LatteDialect.NamesOfTransformer, name =>
        {
            var theirs = LastPart(name.Value);
            var isDocumented = SameNames.Contains(theirs)
                ? LastPart(name.Key) == theirs
                : Rows.Any(row => row.Here == name.Key && row.Tutorial.Contains(theirs));
            Assert.True(isDocumented, name.Key);
        });
    }

    [Fact]
    public void All_documented_names_exist()
    {
        Assert.All(Rows, row => Assert.True(row.Here[0] == '-' || Keys.Contains(row.Here), row.Here));
        Assert.All(SameNames, name => Assert.Contains(Keys, key => LastPart(key) == name));
        Assert.All(SameNames, name => Assert.Contains(name, Flags.Concat(LatteDialect.NamesOfTransformer.Values.Select(LastPart))));
    }

    private static string LastPart(string key) => key[(key.LastIndexOf('.') + 1)..];

    private static string[] Quoted(string text) => [.. InBackticks().Matches(text).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InBackticks();
}
