using TinySora.Engine.Configuration;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.LatentTransformer;

namespace TinySora.Engine.Dialects;

/// <summary>Configuration files from the Latte tutorial, which describe its frame autoencoder and its transformer.</summary>
public sealed class LatteDialect : ConfigDialect
{
    private const string AutoencoderPart = "autoencoder";
    private const string TransformerPart = "transformer";

    /// <summary>Frame rate of the videos that the published code writes.</summary>
    private const double FramesPerSecond = 8;

    /// <summary>Values that the published autoencoder training uses, but for which the configuration files do not have keys.</summary>
    private static readonly (string Key, object? Value)[] Fixed =
    [
        ("trainer.adam_beta1", 0.5), ("trainer.ema_decay", 0.0), ("trainer.step_start_ema", 0), ("trainer.update_ema_every", 1),
        ("trainer.save_model_every", "1 epoch"), ("trainer.num_sample_rows", 3), ("loss.disc_keeps_gradient", true),
        ("files.samples", "vae_autoencoder_samples/current_autoencoder_sample_*.png"),
    ];

    /// <summary>Keys of the autoencoder in the configuration files, each with TinySora's key and the conversion of its value.</summary>
    private static readonly (string Theirs, string Ours, Func<LatteSections, object?> Value)[] Table =
    [
        ("dataset_params.im_path", "training_data_dir", c => $"{c.TrainParams.TaskName}/{c.DatasetParams.ImPath}"),
        ("dataset_params.frame_height", "data.height", c => c.DatasetParams.FrameHeight),
        ("dataset_params.frame_width", "data.width", c => c.DatasetParams.FrameWidth),
        ("dataset_params.frame_channels", "model.frame_channels", c => c.DatasetParams.FrameChannels),
        ("dataset_params.centre_square_crop", "data.centre_square_crop", c => c.DatasetParams.CentreSquareCrop),
        ("autoencoder_params.z_channels", "model.z_channels", c => c.AutoencoderParams.ZChannels),
        ("autoencoder_params.down_channels", "model.down_channels", c => c.AutoencoderParams.DownChannels),
        ("autoencoder_params.mid_channels", "model.mid_channels", c => c.AutoencoderParams.MidChannels),
        ("autoencoder_params.down_sample", "model.down_sample", c => c.AutoencoderParams.DownSample),
        ("autoencoder_params.attn_down", "model.attn_down", c => c.AutoencoderParams.AttnDown),
        ("autoencoder_params.norm_channels", "model.norm_channels", c => c.AutoencoderParams.NormChannels),
        ("autoencoder_params.num_heads", "model.num_heads", c => c.AutoencoderParams.NumHeads),
        ("autoencoder_params.num_down_layers", "model.num_down_layers", c => c.AutoencoderParams.NumDownLayers),
        ("autoencoder_params.num_mid_layers", "model.num_mid_layers", c => c.AutoencoderParams.NumMidLayers),
        ("autoencoder_params.num_up_layers", "model.num_up_layers", c => c.AutoencoderParams.NumUpLayers),
        ("train_params.seed", "trainer.seed", c => c.TrainParams.Seed),
        ("train_params.task_name", "trainer.results_folder", c => c.TrainParams.TaskName),
        ("train_params.autoencoder_batch_size", "trainer.train_batch_size", c => c.TrainParams.AutoencoderBatchSize),
        ("train_params.autoencoder_epochs", "trainer.train_num_steps", c => new TrainingSpan(c.TrainParams.AutoencoderEpochs, InEpochs: true).ToString()),
        ("train_params.autoencoder_lr", "trainer.train_lr", c => c.TrainParams.AutoencoderLr),
        ("train_params.autoencoder_acc_steps", "trainer.gradient_accumulate_every", c => c.TrainParams.AutoencoderAccSteps),
        ("train_params.disc_start", "loss.disc_start", c => Steps(c, c.TrainParams.DiscStart)),
        ("train_params.disc_weight", "loss.disc_weight", c => c.TrainParams.DiscWeight),
        ("train_params.perceptual_weight", "loss.perceptual_weight", c => c.TrainParams.PerceptualWeight),
        ("train_params.kl_weight", "loss.kl_weight", c => c.TrainParams.KlWeight),
        ("train_params.autoencoder_img_save_steps", "trainer.sample_every", c => Steps(c, c.TrainParams.AutoencoderImgSaveSteps)),
        ("train_params.vae_autoencoder_ckpt_name", "files.autoencoder", c => c.TrainParams.VaeAutoencoderCkptName),
        ("train_params.vae_discriminator_ckpt_name", "files.discriminator", c => c.TrainParams.VaeDiscriminatorCkptName),
    ];

    /// <summary>Values that the published transformer training uses, but for which the configuration files do not have keys.</summary>
    private static readonly (string Key, object? Value)[] FixedOfTransformer =
    [
        ("model.architecture", "latte-tutorial"), ("latents.sample", true), ("latents.normalize", "none"),
        ("diffusion.noise_schedule", "plain-linear"), ("trainer.optimizer", "adamw"),
        ("trainer.ema_decay", 0.0), ("trainer.step_start_ema", 0), ("trainer.update_ema_every", 1), ("trainer.save_model_every", "1 epoch"),
        ("trainer.keep_checkpoints", 1), ("trainer.num_sample_rows", 1),
    ];

    /// <summary>Keys of the transformer in the configuration files, each with TinySora's key and the conversion of its value.</summary>
    private static readonly (string Theirs, string Ours, Func<LatteSections, object?> Value)[] TableOfTransformer =
    [
        ("dataset_params.video_path", "training_data_dir", c => c.DatasetParams.VideoPath),
        ("dataset_params.video_ext", "clip.video_ext", c => c.DatasetParams.VideoExt),
        ("dataset_params.num_images_train", "clip.images", c => c.DatasetParams.NumImagesTrain),
        ("dataset_params.frame_height", "clip.height", c => c.DatasetParams.FrameHeight),
        ("dataset_params.frame_width", "clip.width", c => c.DatasetParams.FrameWidth),
        ("dataset_params.num_frames", "clip.frames", c => c.DatasetParams.NumFrames),
        ("dataset_params.frame_interval", "clip.frame_interval", c => c.DatasetParams.FrameInterval),
        ("dataset_params.centre_square_crop", "clip.centre_square_crop", c => c.DatasetParams.CentreSquareCrop),
        ("dataset_params.video_filter_path", "clip.filter_path", c => c.DatasetParams.VideoFilterPath),
        ("diffusion_params.num_timesteps", "diffusion.timesteps", c => c.DiffusionParams.NumTimesteps),
        ("diffusion_params.beta_start", "diffusion.beta_start", c => c.DiffusionParams.BetaStart),
        ("diffusion_params.beta_end", "diffusion.beta_end", c => c.DiffusionParams.BetaEnd),
        ("ditv_params.patch_size", "model.patch_size", c => c.DitvParams.PatchSize),
        ("ditv_params.num_layers", "model.depth", c => c.DitvParams.NumLayers),
        ("ditv_params.hidden_size", "model.hidden_size", c => c.DitvParams.HiddenSize),
        ("ditv_params.num_heads", "model.num_heads", c => c.DitvParams.NumHeads),
        ("ditv_params.head_dim", "model.head_dim", c => c.DitvParams.HeadDim),
        ("ditv_params.timestep_emb_dim", "model.timestep_emb_dim", c => c.DitvParams.TimestepEmbDim),
        ("train_params.seed", "trainer.seed", c => c.TrainParams.Seed),
        ("train_params.task_name", "latents.codec", c => c.TrainParams.TaskName),
        ("train_params.save_video_latent_dir", "latents.folder", c => $"{c.TrainParams.TaskName}/{c.TrainParams.SaveVideoLatentDir}"),
        ("train_params.save_latents", "latents.save", c => c.TrainParams.SaveLatents),
        ("train_params.ditv_ckpt_name", "trainer.results_folder",
            c => $"{c.TrainParams.TaskName}/{Path.GetFileNameWithoutExtension(c.TrainParams.DitvCkptName)}"),
        ("train_params.ditv_ckpt_name", "files.weights", c => $"../{c.TrainParams.DitvCkptName}"),
        ("train_params.ditv_batch_size", "trainer.train_batch_size", c => c.TrainParams.DitvBatchSize),
        ("train_params.ditv_epochs", "trainer.train_num_steps", c => new TrainingSpan(c.TrainParams.DitvEpochs, InEpochs: true).ToString()),
        ("train_params.ditv_lr", "trainer.train_lr", c => c.TrainParams.DitvLr),
        ("train_params.ditv_acc_steps", "trainer.gradient_accumulate_every", c => c.TrainParams.DitvAccSteps),
    ];

    public override string Name => "the Latte tutorial";

    public override IReadOnlyList<string> Parts { get; } = [AutoencoderPart, TransformerPart];

    /// <summary>TinySora's keys for the autoencoder, each with the corresponding key in the configuration files.</summary>
    internal static IReadOnlyDictionary<string, string> Names { get; } = Table.ToDictionary(row => row.Ours, row => row.Theirs);

    /// <summary>TinySora's keys for the transformer, each with the corresponding key in the configuration files.</summary>
    internal static IReadOnlyDictionary<string, string> NamesOfTransformer { get; } = TableOfTransformer.ToDictionary(row => row.Ours, row => row.Theirs);

    public override FamilyConfig NewSections() => new LatteSections();

    public override RunConfig Convert(FamilyConfig sections, string part) =>
        part == AutoencoderPart ? Autoencoder((LatteSections)sections) : Transformer((LatteSections)sections);

    public override ConfiguredVideos Videos(FamilyConfig sections)
    {
        var (all, train) = ((LatteSections)sections, ((LatteSections)sections).TrainParams);
        return new(Transformer(all).Trainer.ResultsFolder)
        {
            OutputPath = $"{train.TaskName}/samples", Name = "sample_video", NoiseVideos = "sample_output_*.mp4", Format = "mp4",
            FramesPerSecond = FramesPerSecond, Count = train.NumSamples, Seed = train.Seed,
        };
    }

    public override ConfiguredFrames Frames(FamilyConfig sections)
    {
        var (data, train) = (((LatteSections)sections).DatasetParams, ((LatteSections)sections).TrainParams);
        return new(data.VideoPath, $"{train.TaskName}/{data.ImPath}", data.VideoExt, data.VideoFilterPath, data.AeFrameSampleProb, train.Seed);
    }

    internal static RunConfig Autoencoder(LatteSections sections) => Converted(new FrameAutoencoderConfig(), Fixed, Table, sections);

    /// <inheritdoc cref="Autoencoder"/>
    internal static RunConfig Transformer(LatteSections sections) =>
        Converted(new LatentTransformerConfig(), FixedOfTransformer, TableOfTransformer, sections);

    private static RunConfig Converted(
        FamilyConfig family, (string Key, object? Value)[] constant, (string Theirs, string Ours, Func<LatteSections, object?> Value)[] table,
        LatteSections sections)
    {
        var values = constant.Concat(table.Select(row => (Key: row.Ours, Value: row.Value(sections))));
        return ConfigSetting.ApplyAll(new RunConfig { Family = family }, values.Select(item => ConfigSetting.Create(family, item.Key, item.Value)));
    }

    /// <summary>Converts a number of micro-batches, the unit of the published code, to optimizer steps.</summary>
    private static object Steps(LatteSections sections, int batches)
    {
        var per = sections.TrainParams.AutoencoderAccSteps;
        return (batches + per - 1) / per;
    }
}
