using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Import;

namespace TinySora.Engine.Dialects;

/// <summary>All sections of the Latte tutorial's configuration files. The default values are those for Moving MNIST.</summary>
public sealed record LatteSections : FamilyConfig
{
    [NotAKey]
    public override string Name => "latte-tutorial";

    public DatasetParams DatasetParams { get; init; } = new();
    public DiffusionParams DiffusionParams { get; init; } = new();
    public DitvParams DitvParams { get; init; } = new();
    public AutoencoderParams AutoencoderParams { get; init; } = new();
    public TrainParams TrainParams { get; init; } = new();

    public override void Check(RunConfig config, ConfigRules rules)
    {
        var (data, noise, transformer, train) = (DatasetParams, DiffusionParams, DitvParams, TrainParams);
        Folder("train_params.task_name", train.TaskName);
        Folder("train_params.save_video_latent_dir", train.SaveVideoLatentDir);
        Folder("dataset_params.im_path", data.ImPath);
        Folder("dataset_params.video_path", data.VideoPath);
        rules.Require(VideoFilter.IsVideoExtension(data.VideoExt), "dataset_params.video_ext", "the file name extension of a video format or GIF, such as mp4");
        rules.Require(data.VideoFilterPath is null or { Length: > 0 }, "dataset_params.video_filter_path", "the path of a file, or null");
        Positive("dataset_params.num_frames", data.NumFrames);
        Positive("dataset_params.frame_interval", data.FrameInterval);
        rules.Require(data.NumImagesTrain >= 0, "dataset_params.num_images_train", "0 or more");
        rules.Require(data.AeFrameSampleProb is > 0 and <= 1, "dataset_params.ae_frame_sample_prob", "a number above 0 and at most 1");
        Positive("diffusion_params.num_timesteps", noise.NumTimesteps);
        rules.Require(noise.BetaStart > 0, "diffusion_params.beta_start", "a number above 0");
        rules.Require(noise.BetaEnd >= noise.BetaStart && noise.BetaEnd < 1, "diffusion_params.beta_end",
            "at least beta_start and less than 1", "diffusion_params.beta_start");
        Positive("ditv_params.patch_size", transformer.PatchSize);
        Even("ditv_params.num_layers", transformer.NumLayers);
        rules.Require(transformer.HiddenSize >= 4 && transformer.HiddenSize % 4 == 0, "ditv_params.hidden_size", "a multiple of 4");
        Positive("ditv_params.num_heads", transformer.NumHeads);
        Positive("ditv_params.head_dim", transformer.HeadDim);
        Even("ditv_params.timestep_emb_dim", transformer.TimestepEmbDim);
        var unit = transformer.PatchSize << AutoencoderParams.DownSample.Count(halves => halves);
        var multiple = FormattableString.Invariant($"a multiple of {unit} (ditv_params.patch_size, doubled for each true in autoencoder_params.down_sample)");
        foreach (var (key, size) in new[] { ("dataset_params.frame_height", data.FrameHeight), ("dataset_params.frame_width", data.FrameWidth) })
        {
            rules.Require(size >= 1 && unit >= 1 && size % unit == 0, key, multiple, "ditv_params.patch_size", "autoencoder_params.down_sample");
        }

        Positive("train_params.autoencoder_epochs", train.AutoencoderEpochs);
        Positive("train_params.autoencoder_acc_steps", train.AutoencoderAccSteps);
        Positive("train_params.ditv_batch_size", train.DitvBatchSize);
        Positive("train_params.ditv_epochs", train.DitvEpochs);
        rules.Require(train.DitvLr > 0, "train_params.ditv_lr", "a number above 0");
        Positive("train_params.ditv_acc_steps", train.DitvAccSteps);
        Positive("train_params.num_samples", train.NumSamples);

        // The rules for the autoencoder are checked when the autoencoder is used.
        if (train.AutoencoderAccSteps >= 1 && train.TaskName.Length > 0)
        {
            rules.Include(LatteDialect.Autoencoder(this), LatteDialect.Names);
        }

        void Folder(string key, string value) => rules.Require(value.Length > 0, key, "the path of a folder");
        void Positive(string key, int value) => rules.Require(value >= 1, key, "1 or more");
        void Even(string key, int value) => rules.Require(value >= 2 && value % 2 == 0, key, "an even number, 2 or more");
    }
}
