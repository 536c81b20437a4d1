using System.Globalization;
using System.Text.Json;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Tests.Training;

namespace TinySora.Engine.Tests.Families;

/// <summary>
/// Losses of fifty steps of whole runs of every family, from files to loss, compared with Golden/losses-of-runs.json, so that changes to data, randomness,
/// network, loss or optimizer do not pass unnoticed. After an intended change, rewrite the file with TINYSORA_WRITE_GOLDENS=1.
/// </summary>
public sealed class GoldenLossTests : VideoRuns
{
    private const int Steps = 50;

    /// <summary>
    /// Relative tolerance at the first and at the last step, interpolated logarithmically in between: other vector sizes and a run without
    /// kernels round differently, and every step amplifies that. Measured: 2e-7 and 1.3e-6; for the frame autoencoder with
    /// discriminator 2e-7 and 8e-6 (AVX2, AVX-512, kernels, operators, operators without vectors, one and two threads).
    /// </summary>
    private const double FirstTolerance = 1e-5;

    /// <inheritdoc cref="FirstTolerance"/>
    private const double LastTolerance = 1e-4;

    /// <summary>The discriminator amplifies rounding most: 4e-4 with AVX2 and without oneDNN.</summary>
    private const double LastToleranceWithDiscriminator = 1e-3;

    private static readonly string Golden = Repository.At("tests", "TinySora.Engine.Tests", "Golden", "losses-of-runs.json");

    /// <summary>Settings for float32 without dropout, because kernels and operators draw dropout differently.</summary>
    private static readonly Dictionary<string, string> Runs = new()
    {
        ["pixel-unet"] = """
            model: { dim: 8, dim_mults: [1, 2], attn_heads: 2, attn_dim_head: 8, text_encoder: learned, cond_dim: 16, init_kernel_size: 3 }
            diffusion: { height: 16, frames: 4, timesteps: 10, objective: v, loss_type: l2, min_snr_gamma: 5 }
            trainer: { train_lr: 0.002, max_grad_norm: 1, warmup_steps: 5,
            """,
        ["video-autoencoder, kl"] = """
            family: video-autoencoder
            model: { network_variant: vae_s4t4_b, embedding_dim: 4, n_hiddens: 8, n_res_layers: 1 }
            clip: { frames: 4, height: 16 }
            trainer: { train_lr: 0.002,
            """,
        ["video-autoencoder, vq"] = """
            family: video-autoencoder
            model: { network_variant: s4t4_b_vq, embedding_dim: 4, n_hiddens: 8, n_res_layers: 1, n_codes: 16 }
            clip: { frames: 4, height: 16 }
            loss: { low_utilization_cost: 0.1 }
            trainer: { train_lr: 0.002,
            """,
        ["frame-autoencoder"] = """
            family: frame-autoencoder
            data: { height: 16, width: 16 }
            model: { z_channels: 2, down_channels: [4, 8], mid_channels: [8], down_sample: [true], attn_down: [false], norm_channels: 4, num_heads: 2 }
            loss: { disc_weight: 0.5, disc_start: 10 }
            trainer: { adam_beta1: 0.5, train_lr: 0.0003,
            """,
        ["latent-transformer, dit over pixels"] = """
            family: latent-transformer
            model: { architecture: dit, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: text, learn_sigma: true }
            clip: { frames: 4, height: 16 }
            text: { width: 12 }
            latents: { codec: '' }
            trainer: { train_lr: 0.002,
            """,
        ["latent-transformer, st-dit over latents"] = """
            family: latent-transformer
            model: { architecture: st-dit, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: text }
            clip: { frames: 4, height: 16 }
            text: { width: 12 }
            latents: { codec: 's1x4x4_kl, embedding_dim: 4' }
            trainer: { train_lr: 0.002, optimizer: adamw, weight_decay: 0.1,
            """,
        ["token-model, nanogpt"] = """
            family: token-model
            model: { architecture: nanogpt, n_layer: 1, n_head: 2, n_embd: 16, block_size: 24, dropout: 0 }
            clip: { frames: 4, height: 16 }
            tokens: { codec: 's1x4x4_fsq, fsq_levels: [4, 4]' }
            text: { encoder: learned, width: 12 }
            trainer: { train_lr: 0.002, gradient_accumulate_every: 2,
            """,
        ["token-model, mamba"] = """
            family: token-model
            model: { architecture: mamba, n_layer: 1, n_head: 2, n_embd: 16, block_size: 24, dropout: 0 }
            clip: { frames: 4, height: 16 }
            tokens: { codec: 's1x4x4_fsq, fsq_levels: [4, 4]' }
            trainer: { train_lr: 0.002,
            """,
        ["token-model, masked"] = """
            family: token-model
            model: { architecture: masked, n_layer: 1, n_head: 2, n_embd: 16, dropout: 0 }
            clip: { frames: 4, height: 16 }
            tokens: { codec: 's1x4x4_fsq, fsq_levels: [4, 4]' }
            text: { encoder: learned, width: 12 }
            trainer: { train_lr: 0.002,
            """,
    };

    public static TheoryData<string> Names { get; } = [.. Runs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Losses_of_fifty_steps_match_the_golden_file(string name)
    {
        // Models this small are slower with two threads, unless a test sets the number explicitly.
        EngineThread.FixedThreads ??= Environment.GetEnvironmentVariable(EngineThread.ThreadsVariable) is null ? 1 : null;
        var losses = Train("run", Config(Runs[name], Steps));
        Assert.Equal(Steps, losses.Count);
        if (Environment.GetEnvironmentVariable("TINYSORA_WRITE_GOLDENS") is not null)
        {
            Write(name, losses);
        }

        var apart = Read()[name].Zip(losses, (expected, loss) => Math.Abs(loss - expected) / Math.Abs(expected)).ToList();
        TestContext.Current.SendDiagnosticMessage(FormattableString.Invariant($"{name}: {apart[..10].Max():g2} apart in ten steps, {apart.Max():g2} in all"));
        var wrong = apart.Select((value, i) => (Value: value, Step: i + 1)).Where(item => !(item.Value <= Tolerance(name, item.Step))).ToList();
        Assert.True(wrong.Count == 0, FormattableString.Invariant(
            $"{name}: {wrong.Count} losses are others than before; that of step {wrong.FirstOrDefault().Step} is {wrong.FirstOrDefault().Value:g3} apart."));
    }

    private static double Tolerance(string name, int step)
    {
        var last = name == "frame-autoencoder" && ConvolutionBackends.IsOneDnnOff ? LastToleranceWithDiscriminator : LastTolerance;
        return FirstTolerance * Math.Pow(last / FirstTolerance, (step - 1) / (Steps - 1.0));
    }

    private List<double> Train(string run, RunConfig config)
    {
        var observer = new RecordingObserver();
        Run(run, config, null, observer);
        return [.. observer.Logged.Select(step => step.Loss)];
    }

    /// <summary>Returns a run's configuration; if it names a network for its autoencoder, one is trained for two steps first.</summary>
    private RunConfig Config(string text, int steps)
    {
        if (text.Split("codec: '", 2) is [_, var rest] && rest.Split('\'')[0] is { Length: > 0 } network)
        {
            Run("codec", Config($$"""
                family: video-autoencoder
                model: { network_variant: {{network}}, n_hiddens: 8, n_res_layers: 1 }
                clip: { frames: 4, height: 16 }
                trainer: { train_lr: 0.002,
                """, 2), null);
            text = text.Replace(network, folder.File("codec"), StringComparison.Ordinal);
        }

        return ConfigFile.Parse(FormattableString.Invariant(
            $"{text} train_batch_size: 2, train_num_steps: {steps}, save_model_every: {steps}, seed: 3 }}"), "golden");
    }

    private static Dictionary<string, double[]> Read() => JsonSerializer.Deserialize<Dictionary<string, double[]>>(File.ReadAllText(Golden))!;

    /// <summary>Formats ten numbers per line.</summary>
    private static void Write(string name, List<double> losses)
    {
        var all = new SortedDictionary<string, double[]>(File.Exists(Golden) ? Read() : [], StringComparer.Ordinal) { [name] = [.. losses] };
        var entries = all.Select(run => $"  \"{run.Key}\": [\n    {string.Join(",\n    ", run.Value.Chunk(10).Select(Line))}\n  ]");
        File.WriteAllText(Golden, $"{{\n{string.Join(",\n", entries)}\n}}\n");

        static string Line(double[] ten) => string.Join(", ", ten.Select(loss => loss.ToString("g8", CultureInfo.InvariantCulture)));
    }
}
