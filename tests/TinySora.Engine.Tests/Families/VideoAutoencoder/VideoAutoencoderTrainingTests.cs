using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>Whole runs of small networks on a few clips of the shapes world.</summary>
public sealed class VideoAutoencoderTrainingTests : VideoRuns
{
    [Theory]
    [MemberData(nameof(Resumed))]
    public void Resumed_run_equals_an_uninterrupted_one(string model)
    {
        Train("whole", model);
        Train("parts", model, steps: 2);
        Train("parts", model, steps: 5);
        Train("parts", model);
        var whole = Tensors("whole");
        Assert.Equal(whole, Tensors("parts"));
        Assert.Equal(!model.Contains("vae", StringComparison.Ordinal), whole.ContainsKey("model.usage.counts"));
    }

    public static TheoryData<string> Resumed { get; } = ["network_variant: vae_s4t4_b", "network_variant: s4t4_b_vq", "network_variant: videogpt", "network_variant: s2x4x4_fsq"];

    private static RunConfig Config(string model) => ConfigFile.Parse(
        $"""
        family: video-autoencoder
        model:
          {model}
          embedding_dim: 4
          n_hiddens: 8
          n_res_layers: 1
          downsample: [2, 4, 4]
          n_codes: 16
        clip:
          frames: 4
          height: 16
        loss:
          reinit_every_n_epochs: 1
          low_utilization_cost: 0.1
        trainer:
          train_batch_size: 2
          train_num_steps: 8
          train_lr: 0.002
          save_model_every: 1 epoch
          validate_every: 1 epoch
          best_by: val.recon
          lr_schedule: plateau
          keep_checkpoints: 0
          seed: 3
        """, "tiny");

    private void Train(string run, string model, int? steps = null) => Run(run, Config(model), steps);
}
