using TinySora.Engine.Families.LatentTransformer;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>The tables of docs/latent-transformers.md.</summary>
public sealed class DocumentedTransformerTests
{
    private const string Page = "latent-transformers.md";

    [Fact]
    public void Every_key_stands_there_with_its_meaning_and_default() => FamilyPage.CheckKeys(Page, new LatentTransformerConfig());

    /// <summary>Of each program all flags that the published program has.</summary>
    [Theory]
    [InlineData("minisora, train_dit", "model vae_model sequence_length extras num_clips_per_video num_classes learn_sigma ae_spatial_stride ae_temporal_stride "
        + "latent_input_size epochs log_every resolution batch_size lr lr_warmup_steps gradient_accumulation_steps max_train_steps clip_max_norm "
        + "start_clip_iter resume_from_checkpoint ckpt_every sample_every track")]
    [InlineData("minisora, iddpm", "batch_size max_steps log_every checkpoint_every depth hidden_size patch_size num_heads sample_every diffusion_steps "
        + "accumulate_grad_batches lr clip_grad latent_frames_to_generate tokens_input_file latents_input_file vae resume_from enable_flashattn project track")]
    [InlineData("Open-Sora, train", "model dataset video_dir epochs batch_size grad_checkpoint accumulation_steps lr save_interval checkpoint_dir "
        + "tensorboard_dir vqvae load_model load_optimizer")]
    [InlineData("Open-Sora, sample", "model text ckpt cfg-scale disable-cfg num-sampling-steps seed width height fps sec text_model vqvae")]
    public void Every_flag_of_the_originals_has_a_key_or_a_parameter(string program, string flags) =>
        FamilyPage.CheckFlags(Page, new LatentTransformerConfig(), program, flags);
}
