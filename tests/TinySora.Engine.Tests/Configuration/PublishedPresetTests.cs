using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Configuration;

/// <summary>
/// Compares the presets that reproduce a published command, key by key: the value in its README, else the argument's default, else that of the code.
/// Presets of the Latte tutorial and of Tiny SORA are compared with their files, here and in LatteDialectTests.
/// </summary>
public sealed class PublishedPresetTests
{
    private const string Code = "the code";

    /// <summary>Presets without averaged weights: the average is the weights.</summary>
    private static readonly Value[] NotAveraged =
        [new(Code, "no average", "trainer.ema_decay", "0"), new(Code, "", "trainer.step_start_ema", "0"), new(Code, "", "trainer.update_ema_every", "1")];

    private static readonly Value[] Latte =
    [
        new("train_dit.py", "", "model.architecture", "latte"), new(Code, "AdamW", "trainer.optimizer", "adamw"),
        new(Code, "weight_decay=0", "trainer.weight_decay", "0"),
        new(Code, "constant", "trainer.lr_schedule", "constant"), new(Code, "warmup without effect", "trainer.warmup_steps", "0"),
        new("--lr", "0.00002", "trainer.train_lr"),
        new("--batch_size", "2", "trainer.train_batch_size"), new("--gradient_accumulation_steps", "1", "trainer.gradient_accumulate_every"),
        new("--num_clips_per_video", "10", "clip.clips_per_video"), new(Code, "max_frames_per_video=100", "clip.source_frames", "100"),
        new("--resolution", "256", "clip.height"), new("--learn_sigma", "true", "model.learn_sigma"), new("--extras", "1", "model.conditioning", "none"),
        new("--ckpt_every", "1000000", "trainer.save_model_every"), new("--clip_max_norm", "0.5", "trainer.max_grad_norm"),
        new("--start_clip_iter", "1000", "trainer.max_grad_norm_from"),
        .. Improved(), new(Code, "one clip", "trainer.num_sample_rows", "1"), .. NotAveraged,
    ];

    private static readonly Value[] Gpt =
    [
        new("--n_layer", "8", "model.n_layer"), new("--n_head", "6", "model.n_head"), new("--n_embd", "768", "model.n_embd"),
        new("--dropout", "0.2", "model.dropout"),
        new(Code, "bias", "model.bias", "true"), new("--block_size", "512", "model.block_size"),
        new("--tokens_input_file", "32 frames at 256", "clip.frames", "32"), new("--tokens_input_file", "", "clip.height", "256"),
        new(Code, "AdamW", "trainer.optimizer", "adamw"), new("--learning_rate", "5e-4", "trainer.train_lr"), new("--beta2", "0.99", "trainer.adam_beta2"),
        new(Code, "weight_decay=0.1 of matrices", "trainer.weight_decay", "0.1"), new(Code, "", "trainer.weight_decay_from_axes", "2"),
        new("--warmup_iters", "100", "trainer.warmup_steps"), new(Code, "cosine", "trainer.lr_schedule", "cosine"),
        new("--lr_decay_iters", "5000", "trainer.lr_decay_steps"),
        new("--min_lr", "1e-4, of 5e-4", "trainer.lr_final_factor", "0.2"), new("--batch_size", "8", "trainer.train_batch_size"),
        new("--gradient_accumulation_steps", "4", "trainer.gradient_accumulate_every"), new(Code, "grad_clip=1.0", "trainer.max_grad_norm", "1.0"),
        new(Code, "bfloat16", "trainer.amp", "true"),
        new("--eval_interval", "250", "trainer.validate_every"), new("--eval_interval", "250", "trainer.save_model_every"),
        new("--eval_iters", "100", "trainer.limit_val_batches"),
        new(Code, "saved where the loss of a validation fell", "trainer.best_by", "val.loss"), new(Code, "", "trainer.keep_checkpoints", "1"),
        new(Code, "temperature=1", "sampling.temperature", "1"), new(Code, "one clip", "trainer.num_sample_rows", "1"),
        new(Code, "seed = 1337", "trainer.seed", "1337"), .. NotAveraged,
    ];

    private static readonly Value[] Autoencoder =
    [
        new("--batch_size", "2", "trainer.train_batch_size"), new("--resolution", "256", "clip.height"),
        new("--sequence_length", "32", "clip.frames"), new("--embedding_dim", "4", "model.embedding_dim"),
        new("--limit_train_batches", "1.0", "trainer.limit_train_batches"), new("--limit_val_batches", "0.25", "trainer.limit_val_batches"),
        new("--epochs", "150", "trainer.train_num_steps", "150 epochs"),
        new("--save_every_n_epochs", "5", "trainer.save_model_every", "5 epochs"), new("--lr", "0.001", "trainer.train_lr"),
        new("--commitment_cost", "0.25", "loss.commitment_cost"),
        new("--accumulate_grad_batches", "8", "trainer.gradient_accumulate_every"),
        new("--reinit_every_n_epochs", "none", "loss.reinit_every_n_epochs", "null"),
        new(Code, "Adam", "trainer.optimizer", "adam"), new(Code, "a validation an epoch", "trainer.validate_every", "1 epoch"),
        new(Code, "monitor val/recon_loss", "trainer.best_by", "val.recon"),
        new(Code, "save_top_k=1", "trainer.keep_checkpoints", "1"), new(Code, "ReduceLROnPlateau", "trainer.lr_schedule", "plateau"),
        new(Code, "patience=5", "trainer.lr_patience", "5"),
        new(Code, "factor=0.5", "trainer.lr_plateau_factor", "0.5"), new(Code, "clips of all frames alone", "trainer.drop_short_clips", "true"), new(Code, "F.interpolate", "clip.antialias", "false"),
        new(Code, "a reconstruction a validation", "trainer.sample_every", "1 epoch"),
        new(Code, "", "trainer.num_sample_rows", "1"), new(Code, "seed_everything(1234)", "trainer.seed", "1234"), .. NotAveraged,
    ];

    /// <summary>Values of the commands. The preset and docs/originals.md explain where ours differ.</summary>
    private static readonly Dictionary<string, Value[]> Published = new()
    {
        ["minisora-latte"] =
        [
            .. Latte, new("--model", "Latte-S/2", "model.name"),
            new("--vae_model", "model-kbu39ped, which has a codebook", "latents.codec", "./runs/minisora-vqvae"),
            new("--sequence_length", "4, of latents with --ae_temporal_stride 4", "clip.frames", "16"),
            new("--sample_every", "2000", "trainer.sample_every"),
            new("--epochs", "100", "trainer.train_num_steps", "100 epochs"), new(Code, "latent_multiplier = 9", "latents.scale", "9"),
            new(Code, "latent_bias = -0.27", "latents.shift", "-0.27"),
        ],
        ["minisora-latte-sd"] =
        [
            .. Latte, new("--model", "Latte-T/2", "model.name"), new("--vae_model", "stabilityai/sd-vae-ft-mse", "latents.codec", "./sd-vae"),
            new("--sequence_length", "4", "clip.frames"),
            new("--sample_every", "5000", "trainer.sample_every"), new("--epochs", "10000", "trainer.train_num_steps", "10000 epochs"),
            new(Code, "latent_dist.sample()", "latents.sample", "true"),
            new(Code, "mul_(0.18215)", "latents.scale", "0.18215"), new(Code, "", "latents.shift", "0"),
        ],
        ["minisora-stdit"] =
        [
            new("iddpm.py", "", "model.architecture", "st-dit"), new("--batch_size", "4", "trainer.train_batch_size"),
            new("--accumulate_grad_batches", "8", "trainer.gradient_accumulate_every"),
            new("--latent_frames_to_generate", "8, with a stride of 4", "clip.frames", "32"),
            new("--max_steps", "1000000 / 8", "trainer.train_num_steps", "125000"),
            new("--sample_every", "2000 / 8", "trainer.sample_every", "250"), new("--checkpoint_every", "1000 / 8", "trainer.save_model_every", "125"),
            new("--clip_grad", "1.0", "trainer.max_grad_norm"),
            new("--vae", "model-nilqq143", "latents.codec", "./runs/minisora-vae"), new("--latents_input_file", "at 256", "clip.height", "256"),
            new("--lr", "1e-4", "trainer.train_lr"), new("--depth", "6", "model.depth"),
            new("--hidden_size", "768", "model.hidden_size"), new("--num_heads", "3", "model.num_heads"),
            new("--patch_size", "1,2,2", "model.patch_size", "2"), new("--patch_size", "", "model.patch_frames", "1"),
            new(Code, "Adam", "trainer.optimizer", "adam"), new(Code, "one mean and deviation", "latents.normalize", "all"),
            new(Code, "learn_sigma=True", "model.learn_sigma", "true"),
            new(Code, "unconditional=True", "model.conditioning", "none"), .. Improved(), new(Code, "one clip", "trainer.num_sample_rows", "1"),
            .. NotAveraged,
        ],
        ["minisora-nanogpt"] =
        [
            .. Gpt, new("train_latent_nanogpt.py", "", "model.architecture", "nanogpt"), new("--max_iters", "10000000", "trainer.train_num_steps"),
            new("--sample_interval", "2000", "trainer.sample_every"),
            new("--sparse_context_window", "false", "model.sparse_context_window"), new(Code, "top_k=100", "sampling.top_k", "100"),
        ],
        ["minisora-mdgpt"] =
        [
            .. Gpt, new("train_latent_mdgpt.py", "", "model.architecture", "mdgpt"), new("--max_iters", "100000000", "trainer.train_num_steps"),
            new("--sample_interval", "1000", "trainer.sample_every"),
            new("--sparse_block_size", "512", "model.sparse_block_size"), new("--num_latent_frames", "8, with a stride of 4", "clip.frames", "32"),
            new("--use_1d_pos_emb", "true", "model.use_1d_pos_emb"),
            new("--only_predict_last", "true", "model.only_predict_last"), new(Code, "no top_k", "sampling.top_k", "null"),
            new(Code, "prev_frame", "model.context_type", "prev_frame"),
        ],
        ["minisora-mamba"] =
        [
            new("train_latent_mamba.py", "", "model.architecture", "mamba"), new("--n_layer", "32", "model.n_layer"),
            new("--n_embed", "1280", "model.n_embd"), new("--batch_size", "8", "trainer.train_batch_size"),
            new("--gradient_accumulation_steps", "1", "trainer.gradient_accumulate_every"), new("--block_size", "512", "model.block_size"),
            new("--learning_rate", "5e-4", "trainer.train_lr"),
            new("--max_iters", "50000", "trainer.train_num_steps"), new("--eval_interval", "100", "trainer.validate_every"),
            new("--eval_iters", "20", "trainer.limit_val_batches"),
            new("--sample_interval", "1000", "trainer.sample_every"), new("--tokens_input_file", "32 frames at 256", "clip.frames", "32"),
            new("--tokens_input_file", "", "clip.height", "256"),
            new(Code, "AdamW", "trainer.optimizer", "adamw"), new(Code, "its default weight_decay", "trainer.weight_decay", "0.01"),
            new(Code, "constant", "trainer.lr_schedule", "constant"),
            new(Code, "clip_grad=1.0", "trainer.max_grad_norm", "1.0"), new(Code, "float32", "trainer.amp", "false"),
            new(Code, "temperature 1", "sampling.temperature", "1"), new(Code, "manual_seed(11)", "trainer.seed", "11"),
            new(Code, "saves nothing", "trainer.save_model_every", "100"), new(Code, "", "trainer.keep_checkpoints", "1"),
            new(Code, "", "trainer.best_by", "val.loss"),
            new(Code, "one clip", "trainer.num_sample_rows", "1"), .. NotAveraged,
        ],
        ["minisora-vqvae"] =
        [
            .. Autoencoder, new("--network_variant", "s8_b, which has no quantizer", "model.network_variant", "s4t4_b_vq"),
            new("--n_codes", "5120", "model.n_codes"),
            new("--low_utilization_cost", "0.1", "loss.low_utilization_cost"), new("--kl_loss_weight", "0.01", "loss.kl_loss_weight"),
        ],
        ["minisora-vae"] =
            [.. Autoencoder, new("--network_variant", "vae_s4t4_b", "model.network_variant"), new("--kl_loss_weight", "0.1", "loss.kl_loss_weight")],
        ["open-sora-dit"] =
        [
            new("--model", "DiT-S/8", "model.name"), new("--epochs", "1", "trainer.train_num_steps", "1 epoch"),
            new("--batch_size", "1, for each of eight GPUs", "trainer.train_batch_size", "1"),
            new("--lr", "1e-4", "trainer.train_lr"), new("--accumulation_steps", "32", "trainer.gradient_accumulate_every"),
            new("--grad_checkpoint", "true", "model.grad_checkpoint"),
            new("--save_interval", "224", "trainer.save_model_every"), new(Code, "all are kept", "trainer.keep_checkpoints", "0"),
            new("--tensorboard_dir", "true", "trainer.tensorboard"),
            new("--vqvae", "hpcai-tech/vqvae", "latents.codec", "./runs/videogpt-vqvae"), new(Code, "as they are", "latents.normalize", "none"),
            new("--text_model", "clip-vit-base-patch32", "text.encoder", "clip"),
            new(Code, "AdamW", "trainer.optimizer", "adamw"), new(Code, "weight_decay=0", "trainer.weight_decay", "0"),
            new(Code, "constant", "trainer.lr_schedule", "constant"),
            new(Code, "decay=0.9999 from the first step", "trainer.ema_decay", "0.9999"), new(Code, "", "trainer.step_start_ema", "0"),
            new(Code, "", "trainer.update_ema_every", "1"),
            new(Code, "text_dropout_prob=0.1", "trainer.cond_drop_prob", "0.1"), new(Code, "", "model.architecture", "dit"),
            new(Code, "", "model.conditioning", "text"),
            new(Code, "use_cross_attn=True", "model.text_form", "concat"), .. Improved(), new("--fps", "15, of --sec 8", "clip.frames", "120"),
            new("--height", "320", "clip.height"),
            new("--width", "480", "clip.width"), new("--num-sampling-steps", "250", "diffusion.sampling_steps"),
            new("--cfg-scale", "4.0", "diffusion.guidance_scale"),
            new(Code, "learn_sigma=True", "model.learn_sigma", "true"),
        ],
        ["videogpt-vqvae"] =
        [
            new("--embedding_dim", "256", "model.embedding_dim"), new("--n_codes", "2048", "model.n_codes"),
            new("--n_hiddens", "240", "model.n_hiddens"), new("--n_res_layers", "4", "model.n_res_layers"),
            new("--downsample", "4 4 4; Open-Sora's has 2 4 4", "model.downsample", "[2, 4, 4]"),
            new("--sequence_length", "16", "clip.frames"), new("--resolution", "64", "clip.height"),
            new("--batch_size", "32", "trainer.train_batch_size"), new("--gradient_clip_val", "1", "trainer.max_grad_norm"),
            new(Code, "max_steps=200000", "trainer.train_num_steps", "200000"),
            new(Code, "", "model.network_variant", "videogpt"), new(Code, "mse / 0.06", "loss.recon_variance", "0.06"),
            new(Code, "0.25 of the commitment", "loss.commitment_cost", "0.25"),
            new(Code, "Adam, 3e-4", "trainer.train_lr", "3e-4"), new(Code, "", "trainer.optimizer", "adam"),
            new(Code, "a validation an epoch", "trainer.validate_every", "1 epoch"),
            new(Code, "", "trainer.save_model_every", "1 epoch"), new(Code, "save_top_k=1", "trainer.keep_checkpoints", "1"),
            new(Code, "monitor val/recon_loss", "trainer.best_by", "val.recon"),
            new(Code, "clips of all frames alone", "trainer.drop_short_clips", "true"), new(Code, "F.interpolate", "clip.antialias", "false"), new(Code, "seed_everything(1234)", "trainer.seed", "1234"),
            .. NotAveraged,
        ],
    };

    /// <summary>Keys whose values are names of our folders.</summary>
    private static readonly string[] Folders = ["training_data_dir", "trainer.results_folder", "text.path", "tokens.codec"];

    public static TheoryData<string> Names => [.. Published.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Preset_has_the_values_of_its_command_and_no_others(string preset)
    {
        var config = ConfigFile.Parse(Presets.Text(preset), preset);
        Assert.All(Published[preset], value => Assert.Equal(
            ($"{preset}: {value.Key}", Settings.Of(config.Family, value.Key, value.Ours ?? value.Theirs).Text),
            ($"{preset}: {value.Key}", ConfigSchema.For(config).Find(value.Key)!.Text(config))));
        var without = ConfigFile.Entries(config).Where(entry => !entry.IsDefault && entry.Key != "family").Select(entry => entry.Key)
            .Except(Published[preset].Select(value => value.Key)).Except(Folders);
        Assert.Empty(without);
    }

    /// <summary>Includes presets that use the autoencoder of another preset's run.</summary>
    [Fact]
    public void Every_preset_writes_to_runs_and_its_name() => Assert.All(Presets.Names, preset =>
    {
        var config = ConfigFile.Parse(Presets.Text(preset), preset);
        Assert.Equal($"./runs/{preset}", config.Trainer.ResultsFolder);
        var paths = new List<string>();
        config.Family.MapPaths(path =>
        {
            paths.Add(path);
            return path;
        });
        Assert.All(paths.Where(path => path.StartsWith("./runs/", StringComparison.Ordinal)), path => Assert.Contains(path["./runs/".Length..], Presets.Names));
        Assert.DoesNotContain("-ResultsPath ./" + preset, Presets.Text(preset), StringComparison.Ordinal);
    });

    [Fact]
    public void Every_preset_that_names_an_original_is_compared_with_it() => Assert.Equal(
        ["default", "latte-mnist", "latte-mnist-vae", "latte-ucf", "latte-ucf-vae", .. Published.Keys.Order(StringComparer.Ordinal)],
        Presets.Names.Where(name => !name.StartsWith("shapes-", StringComparison.Ordinal) && name is not ("clips-vae" or "clips-fsq" or "emoji" or "films")));

    /// <summary>The preset's file has the published values, in their order.</summary>
    [Fact]
    public void Tiny_SORA_preset_equals_its_published_file()
    {
        var config = ConfigFile.Parse(Presets.Text("default"), "default");
        Assert.Equal(
            [
                "training_data_dir \"./training_data\"", "model.dim 64", "model.use_bert_text_cond true", "model.dim_mults [1, 2, 4, 8]",
                "model.init_dim null", "model.init_kernel_size 7",
                "model.use_sparse_linear_attn true", "model.block_type \"basic\"", "diffusion.height 32", "diffusion.frames 5",
                "diffusion.timesteps 10", "diffusion.loss_type \"l1\"",
                "diffusion.use_dynamic_thres false", "diffusion.dynamic_thres_percentile 0.9", "trainer.ema_decay 0.995", "trainer.train_batch_size 2",
                "trainer.train_lr 0.0001",
                "trainer.train_num_steps 10000", "trainer.gradient_accumulate_every 1", "trainer.amp false", "trainer.step_start_ema 2000",
                "trainer.update_ema_every 10", "trainer.save_model_every 10",
                "trainer.results_folder \"./runs/default\"", "trainer.num_sample_rows 4", "trainer.max_grad_norm null", "trainer.cond_drop_prob 0.1",
            ],
            Given("default").Select(key => $"{key} {ConfigSchema.For(config).Find(key)!.Text(config)}"));
    }

    /// <summary>Defaults in the code of improved DDPM.</summary>
    private static Value[] Improved() =>
    [
        new(Code, "diffusion_steps=1000", "diffusion.timesteps", "1000"), new(Code, "linear", "diffusion.noise_schedule", "linear"),
        new(Code, "EPSILON", "diffusion.objective", "noise"),
        new(Code, "p_sample_loop", "diffusion.sampler", "ddpm"), new(Code, "space_timesteps", "diffusion.spacing", "even"),
    ];

    /// <summary>Returns the keys in a preset's file, in its order.</summary>
    private static IEnumerable<string> Given(string preset)
    {
        var section = "";
        foreach (var line in Presets.Text(preset).ReplaceLineEndings("\n").Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            var key = line.Trim().Split(':')[0];
            section = line[0] == ' ' ? section : line.Trim() == $"{key}:" ? key : "";
            if (line.Trim() != $"{key}:")
            {
                yield return section.Length == 0 ? key : $"{section}.{key}";
            }
        }
    }

    /// <param name="Source">Flag, or other source of the value.</param>
    /// <param name="Theirs">Published value, as written there.</param>
    /// <param name="Ours">Value of our key; <c>null</c> if it is the published one.</param>
    private sealed record Value(string Source, string Theirs, string Key, string? Ours = null);
}
