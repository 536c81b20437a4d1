namespace TinySora.Engine.Tests.Configuration;

/// <summary>
/// For each key of each family a different value and, if necessary, the settings under which it matters: <c>key=value | key=value; key=value</c>.
/// </summary>
internal static class KeyEffects
{
    public const string LatentCodec = """
        family: video-autoencoder
        model: { network_variant: s1x4x4_kl, embedding_dim: 4, n_hiddens: 8, n_res_layers: 1 }
        clip: { frames: 4, height: 16 }
        trainer: { train_batch_size: 2, train_num_steps: 1, num_sample_rows: 0 }
        """;

    public const string TokenCodec = """
        family: video-autoencoder
        model: { network_variant: s1x4x4_fsq, fsq_levels: [8, 8, 8], n_hiddens: 8, n_res_layers: 1 }
        clip: { frames: 4, height: 16 }
        trainer: { train_batch_size: 2, train_num_steps: 1, num_sample_rows: 0 }
        """;

    private const string Vq = "model.network_variant=s4t4_b_vq; model.n_codes=32";
    private const string Tutorial = "model.architecture=latte-tutorial; model.depth=2; model.conditioning=none";
    private const string StDiT = "model.architecture=st-dit";
    public const string UNet =
        "model.architecture=unet; model.depth=null; model.hidden_size=null; model.num_heads=null; model.patch_size=null; unet.dim=4";
    private const string Codec = "latents.codec=~/codec1; model.patch_size=2";

    /// <summary>Keys and values that a teacher and its student share.</summary>
    public const string TeacherSetting = "diffusion.objective=x0";

    private const string MdGpt = "model.architecture=mdgpt";
    private const string Masked = "model.architecture=masked";
    private const string KeepIf = "trainer.keep_if=~/absent.csv";
    private const string NoBetter = "trainer.train_lr=1e-30; trainer.validate_every=1; trainer.best_by=val.loss";

    /// <summary>Keys that each family implements itself, unless it has a row of its own.</summary>
    private static readonly string[] OfEach =
    [
        "training_data_dir=~/other", "trainer.train_batch_size=1", "trainer.gradient_accumulate_every=2", "trainer.amp=always", "trainer.seed=2",
        "trainer.num_sample_rows=2", "trainer.sample_every=0", "trainer.validate_every=0", "trainer.best_by=val.loss",
        "trainer.limit_train_batches=0.3", "trainer.limit_val_batches=0.5 | trainer.train_batch_size=1",
    ];

    /// <summary>Keys of the trainer, which apply to every family.</summary>
    private static readonly string[] OfTrainer =
    [
        "trainer.results_folder=~/elsewhere", "trainer.ema_decay=0.5", "trainer.train_lr=0.02", "trainer.train_num_steps=2", "trainer.train_minutes=0.000001",
        "trainer.step_start_ema=2", "trainer.sample_at=[100]", "trainer.update_ema_every=2", "trainer.save_model_every=2",
        $"trainer.early_stopping_patience=1 | {NoBetter}", "trainer.tensorboard=true", "trainer.track=false", "trainer.max_grad_norm=0.001",
        "trainer.max_grad_norm_from=2 | trainer.max_grad_norm=0.001",
        "trainer.keep_checkpoints=1", "trainer.optimizer=adam! | trainer.optimizer=adamw; trainer.weight_decay=0.1",
        "trainer.adam_beta1=0.5",
        "trainer.adam_beta2=0.9", "trainer.weight_decay=0.1 | trainer.optimizer=adamw",
        "trainer.weight_decay_from_axes=2 | trainer.optimizer=adamw; trainer.weight_decay=0.1", "trainer.warmup_steps=2", "trainer.lr_schedule=cosine",
        "trainer.lr_decay_steps=2 | trainer.lr_schedule=cosine", "trainer.lr_final_factor=0.5 | trainer.lr_schedule=cosine",
        $"trainer.lr_patience=0 | {NoBetter}; trainer.lr_schedule=plateau",
        $"trainer.lr_plateau_factor=0.5 | {NoBetter}; trainer.lr_schedule=plateau; trainer.lr_patience=0",
    ];

    private static readonly string[] OfAll = [.. OfEach, .. OfTrainer];

    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Rows { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        ["pixel-unet"] =
        [
            KeepIf, "trainer.balance_captions=true | training_data_dir=~/twins", "trainer.balance_words=one | training_data_dir=~/twins",
            "trainer.balance_others=3 | trainer.balance_words=a; training_data_dir=~/twins",
            "trainer.captions=drawn | training_data_dir=~/lines", "trainer.word_drop_prob=0.5",
            "model.dim=12", "model.use_bert_text_cond=false | model.text_encoder=null; model.cond_dim=null; model.text_encoder_path=~/bert",
            "model.dim_mults=[1, 1]", "model.init_dim=12",
            "model.init_kernel_size=5", "model.use_sparse_linear_attn=false", "model.cond_dim=8", "model.out_dim=1!", "model.channels=1",
            "model.attn_heads=1", "model.attn_dim_head=4",
            "model.text_encoder=none", "model.text_encoder_path=~/nowhere | model.text_encoder=bert", "model.stem=2", "model.frame_text_cond=true",
            "model.text_field=true",
            "diffusion.height=8", "diffusion.width=32", "diffusion.frames=3", "diffusion.timesteps=20", "diffusion.loss_type=l2",
            "diffusion.use_dynamic_thres=true",
            "diffusion.dynamic_thres_percentile=0.3 | diffusion.use_dynamic_thres=true",
            "diffusion.text_use_bert_cls=true | model.text_encoder=bert; model.text_encoder_path=~/bert",
            "diffusion.channels=1!", "diffusion.objective=v", "diffusion.noise_schedule=linear", "diffusion.noise_shift=2",
            "diffusion.min_snr_gamma=5 | diffusion.loss_type=l2",
            "diffusion.sampler=dpm++2m", "diffusion.sampling_steps=3", "diffusion.ddim_eta=1", "diffusion.guidance_scale=5", "diffusion.guidance_below=1",
            "trainer.num_frames=3!",
            "trainer.cond_drop_prob=1",
            "trainer.force_num_frames=false | diffusion.frames=3", "trainer.drop_short_clips=true | diffusion.frames=5",
            "trainer.prob_focus_present=1", "trainer.horizontal_flip=true",
        ],
        ["video-autoencoder"] =
        [
            "model.network_variant=s1x4x4_fsq", "model.embedding_dim=2", $"model.n_codes=16 | {Vq}", "model.n_hiddens=16", "model.n_res_layers=2",
            "model.downsample=[2, 4, 4] | model.network_variant=videogpt", "model.fsq_levels=[4, 4] | model.network_variant=s1x4x4_fsq",
            "clip.frames=2", "clip.height=8",
            "clip.width=32", "clip.antialias=false | clip.height=8", "loss.decoder_only=true", "loss.recon=shown",
            "loss.recon_variance=0.5", $"loss.commitment_cost=0.5 | {Vq}", "loss.kl_loss_weight=0.5",
            $"loss.low_utilization_cost=0.1 | {Vq}",
            $"loss.reinit_every_n_epochs=1 | {Vq}; trainer.limit_train_batches=0.3; trainer.train_num_steps=6",
            "trainer.force_num_frames=false | clip.frames=3",
            "trainer.drop_short_clips=true | clip.frames=5", "trainer.horizontal_flip=true", "trainer.best_by=highest val.recon",
            .. Measured("val.recon"),
        ],
        ["frame-autoencoder"] =
        [
            "data.height=32", "data.width=32", "data.centre_square_crop=true", "model.network=autoencoder-kl", "model.frame_channels=3",
            "model.z_channels=2",
            "model.down_channels=[12, 8]", "model.mid_channels=[8, 8]", "model.down_sample=[false]", "model.attn_down=[true]", "model.norm_channels=2",
            "model.num_heads=1 | model.attn_down=[true]", "model.num_down_layers=2", "model.num_mid_layers=2 | model.mid_channels=[8, 8]",
            "model.num_up_layers=2", "loss.decoder_only=true", "loss.kl_weight=1",
            "loss.perceptual_weight=1", "loss.vgg_path=~/vgg | loss.perceptual_weight=1", "loss.lpips_path=~/lpips | loss.perceptual_weight=1",
            "loss.disc_weight=0.5",
            "loss.disc_start=2 | loss.disc_weight=0.5", "loss.disc_keeps_gradient=true | loss.disc_weight=0.5",
            "files.autoencoder=vae.pth", "files.discriminator=judge.pth | loss.disc_weight=0.5", "files.samples=drawn_*.png",
            "trainer.best_by=highest val.recon", .. Measured("val.recon"),
        ],
        ["latent-transformer"] =
        [
            KeepIf, "trainer.balance_captions=true | training_data_dir=~/twins", "trainer.balance_words=one | training_data_dir=~/twins",
            "trainer.balance_others=3 | trainer.balance_words=a; training_data_dir=~/twins",
            "trainer.captions=drawn | training_data_dir=~/lines", "trainer.word_drop_prob=0.5",
            $"unet.dim=8 | {UNet}", $"unet.dim_mults=[1, 2] | {UNet}", $"unet.stem=2 | {UNet}", $"unet.text_attention=true | {UNet}",
            "model.architecture=latte | model.depth=2", "model.name=DiT-L/8 | model.depth=null", "model.depth=2", "model.hidden_size=32",
            "model.num_heads=1", "model.head_dim=4", "model.patch_size=8",
            $"model.patch_frames=2 | {StDiT}", "model.learn_sigma=true", "model.conditioning=none",
            "model.num_classes=40 | model.conditioning=class; model.num_classes=30", "model.text_form=cross",
            "model.positions=seq512", $"model.space_scale=2 | {StDiT}", $"model.time_scale=2 | {StDiT}", "model.timestep_emb_dim=128",
            "model.qk_norm=true", "model.rms_norm=true", "model.swiglu=true",
            "model.rotary=true", "model.position_conv=true", "model.text_field=true", "clip.frames=2", "clip.height=32", "clip.width=32",
            $"clip.video_ext=mp4 | {Codec}", $"clip.filter_path=~/one.txt | {Codec}", $"clip.centre_square_crop=false | {Codec}; clip.width=32",
            $"clip.video_dir=~/data/train | {Codec}; training_data_dir=~/arrow", "files.weights=net.pth", "clip.pixel_range=half", "model.final_text=false | model.architecture=latte; model.depth=2", "diffusion.guided_channels=1",
            $"clip.source_frames=4 | {Codec}; clip.frames=2",
            $"clip.frame_interval=2 | {Codec}; clip.frames=2", $"clip.clips_per_video=2 | {Codec}; clip.frames=2", $"clip.images=1 | {Codec}; {Tutorial}",
            "latents.codec=~/codec1",
            $"latents.sample=true | {Codec}", $"latents.normalize=none | {Codec}", $"latents.scale=2 | {Codec}",
            $"latents.folder=~/saved | {Codec}", $"latents.save=true | {Codec}; latents.folder=~/run",
            $"latents.shift=1 | {Codec}; latents.scale=2", "text.encoder=none",
            "text.path=~/nowhere | text.encoder=clip", "text.width=16", $"text.max_tokens=2 | {StDiT}", "diffusion.timesteps=20", "diffusion.objective=v",
            "diffusion.noise_schedule=cosine",
            "diffusion.beta_start=0.001", "diffusion.beta_end=0.03", "diffusion.noise_shift=2", "diffusion.levels=logit_normal",
            "diffusion.min_snr_gamma=5", "diffusion.motion_weight=1",
            "diffusion.variance=beta | diffusion.sampler=ddpm; diffusion.sampling_steps=3", "diffusion.spacing=even | diffusion.sampling_steps=7",
            "diffusion.sampler=dpm++2m", "diffusion.sampling_steps=3",
            "diffusion.ddim_eta=1", "diffusion.guidance_scale=2", "diffusion.guidance_below=1",
            $"diffusion.teacher=~/teacher | {TeacherSetting}", "trainer.cond_drop_prob=1", "trainer.horizontal_flip=true",
            "trainer.best_by=highest val.loss | trainer.validate_every=1",
        ],
        ["token-model"] =
        [
            KeepIf, "trainer.balance_captions=true | training_data_dir=~/twins", "trainer.balance_words=one | training_data_dir=~/twins",
            "trainer.balance_others=3 | trainer.balance_words=a; training_data_dir=~/twins",
            "trainer.captions=drawn | training_data_dir=~/lines", "trainer.word_drop_prob=0.5",
            "model.architecture=masked", "model.n_layer=2", "model.n_head=1", "model.n_embd=32", "model.block_size=12", "model.codes=500", "model.code_levels=[8, 8, 8]",
            "model.dropout=0.5", "model.bias=false",
            "model.sparse_context_window=true | model.context_stride_start=6",
            "model.context_stride=3 | model.sparse_context_window=true; model.context_stride_start=6",
            "model.context_stride_start=4 | model.sparse_context_window=true; model.context_stride_start=6", "model.sample_stride=1",
            $"model.context_type=prev_row | {MdGpt}; model.block_size=64",
            $"model.sparse_block_size=4 | {MdGpt}; model.block_size=64; model.sparse_block_size=8",
            $"model.use_1d_pos_emb=true | {MdGpt}; model.block_size=64; model.sparse_block_size=8",
            $"model.only_predict_last=true | {MdGpt}; model.block_size=16; model.use_1d_pos_emb=true; model.sparse_block_size=8", "clip.frames=2", "clip.video_ext=mp4",
            "clip.filter_path=~/one.txt", "clip.centre_square_crop=false | clip.width=32", "clip.video_dir=~/data/train | training_data_dir=~/arrow",
            "clip.height=32", "clip.width=32",
            "clip.source_frames=4 | clip.frames=2", "clip.frame_interval=2 | clip.frames=2",
            "clip.clips_per_video=2 | clip.frames=2; clip.source_frames=4", "tokens.codec=~/codec2",
            "text.encoder=none", "text.path=~/nowhere | text.encoder=clip", "text.width=16", "sampling.temperature=2", "sampling.top_k=2",
            "sampling.top_p=0.3", "sampling.guidance_scale=3",
            $"sampling.sampling_steps=2 | {Masked}", $"sampling.mask_temperature=0 | {Masked}", $"model.position_conv=true | {Masked}", "trainer.cond_drop_prob=1",
        ],
    };

    /// <summary>Returns the configuration with one key changed.</summary>
    public static string Base(string family) => $$"""
        family: {{family}}
        training_data_dir: '~/data'
        {{family switch
        {
            "pixel-unet" => """
                model: { dim: 8, dim_mults: [1, 2], attn_heads: 2, attn_dim_head: 8, text_encoder: learned, cond_dim: 16, init_kernel_size: 3 }
                diffusion: { height: 16, frames: 4, timesteps: 10, sampler: ddim, sampling_steps: 4 }
                """,
            "video-autoencoder" => """
                model: { network_variant: s1x4x4_kl, embedding_dim: 4, n_hiddens: 8, n_res_layers: 1 }
                clip: { frames: 4, height: 16 }
                """,
            "frame-autoencoder" => """
                data: { height: 16, width: 16 }
                model: { z_channels: 4, down_channels: [8, 8], mid_channels: [8], down_sample: [true], attn_down: [false], norm_channels: 4, num_heads: 2 }
                """,
            "latent-transformer" => """
                model: { architecture: dit, depth: 1, hidden_size: 16, num_heads: 2, patch_size: 4, conditioning: text }
                clip: { frames: 4, height: 16 }
                text: { encoder: learned, width: 8 }
                diffusion: { sampler: ddim, sampling_steps: 4 }
                """,
            _ => """
                model: { architecture: nanogpt, n_layer: 1, n_head: 2, n_embd: 16, dropout: 0.1, block_size: 24 }
                clip: { frames: 4, height: 16 }
                tokens: { codec: '~/codec1' }
                text: { encoder: learned, width: 8 }
                """,
        }}}
        trainer:
          results_folder: '~/run'
          train_batch_size: 2
          train_num_steps: 3
          train_lr: 0.01
          ema_decay: 0.1
          save_model_every: 1
          sample_every: 2
          num_sample_rows: 1
          validate_every: 2
          step_start_ema: 0
          update_ema_every: 1
          seed: 1
        """;

    /// <summary>Keys of all families for which this family has no rows of its own.</summary>
    public static IEnumerable<string> Shared(string family) =>
        OfAll.Where(row => !Rows[family].Any(own => KeyOf(own) == KeyOf(row)));

    /// <summary>Whether a row is tested in this family: those of the trainer are distributed over the families.</summary>
    public static bool IsTried(string family, string row) =>
        Array.IndexOf(OfTrainer, row) is var i && (i < 0 || i % Rows.Count == Rows.Keys.ToList().IndexOf(family));

    public static string KeyOf(string row) => row.Split('=')[0];

    /// <summary>Rows of a family whose validations measure no loss.</summary>
    private static IEnumerable<string> Measured(string metric) =>
        OfAll.Where(row => row.Contains(NoBetter, StringComparison.Ordinal)).Select(row => row.Replace("val.loss", metric, StringComparison.Ordinal));
}
