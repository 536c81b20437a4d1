using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Benchmarks;

/// <summary>The latent transformers of latent_transformers.py, on 8 frames of 16 x 16 latents.</summary>
internal static class Transformers
{
    private static readonly Dictionary<string, (int Channels, string Model)> Networks = new()
    {
        ["latte-s2"] = (4, "architecture: latte, name: Latte-S/2, conditioning: class, num_classes: 200"),
        ["st-dit-768"] = (4, "architecture: st-dit, hidden_size: 768, depth: 6, num_heads: 12, conditioning: class, num_classes: 200, learn_sigma: true"),
        ["dit-s8-concat"] = (256, "architecture: dit, name: DiT-S/8, conditioning: text, text_form: concat, learn_sigma: true"),
    };

    public static bool Has(string name) => Networks.ContainsKey(name);

    /// <summary>Returns a configuration with an untrained autoencoder for the given number of channels. No step runs the autoencoder.</summary>
    public static RunConfig Config(string name)
    {
        var (channels, model) = Networks[name];
        var codec = Path.Combine(Path.GetTempPath(), $"tinysora-benchmark-codec-{channels}");
        if (!Directory.Exists(codec))
        {
            EngineThread.Run(() => SaveCodec(codec, channels));
        }

        return ConfigFile.Parse(
            $$"""
            family: latent-transformer
            model: { {{model}} }
            clip: { frames: 8, height: 64 }
            latents: { codec: "{{codec}}", normalize: none }
            text: { encoder: learned, width: 128 }
            diffusion: { sampler: ddim, sampling_steps: 20 }
            trainer: { optimizer: adamw, weight_decay: 0, train_lr: 0.0001, train_batch_size: 4, ema_decay: 0 }
            """, name);
    }

    private static void SaveCodec(string folder, int channels)
    {
        var config = ConfigFile.Parse(
            $$"""
            family: video-autoencoder
            model: { network_variant: s1x4x4_kl, embedding_dim: {{channels}}, n_hiddens: 8, n_res_layers: 1 }
            clip: { frames: 8, height: 64 }
            """, "codec");
        (config, var clips) = TrainingMeter.Synthetic(config);
        using (clips)
        {
            using var task = ModelFamilies.Of(config).Create(config, clips, CPU);
            using var state = new TrainingState(task, config.Trainer);
            Directory.CreateDirectory(folder);
            CheckpointStore.Save(folder, state, new RunDescription(config, 0, "", task.Metadata), keep: 1);
        }
    }
}
