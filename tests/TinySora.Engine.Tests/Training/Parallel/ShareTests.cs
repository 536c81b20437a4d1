using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Families.TokenModel.Schemes;
using TinySora.Engine.Tests.Compute.Native;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Parallel;

/// <summary>The processes' results for their shares of a micro-batch add up to the result of a single process, for every kind of model.</summary>
public sealed class ShareTests
{
    private const int BatchSize = 5;

    /// <summary>The shares of two processes.</summary>
    private static readonly BatchShare[] Shares = [new(0, 2, BatchSize, _ => { }), new(2, 3, BatchSize, _ => { })];

    public static TheoryData<string> Divisible { get; } =
    [
        """
        model: { dim: 8, dim_mults: [1, 2], init_kernel_size: 3, attn_heads: 2, attn_dim_head: 8, text_encoder: learned, cond_dim: 16 }
        diffusion: { height: 16, frames: 2, timesteps: 10 }
        trainer: { cond_drop_prob: 0.4, prob_focus_present: 0.4 }
        """,
        """
        family: latent-transformer
        model: { architecture: dit, depth: 1, hidden_size: 16, num_heads: 2, patch_size: 2, conditioning: text, learn_sigma: true }
        clip: { frames: 2, height: 8 }
        text: { encoder: learned, width: 8 }
        diffusion: { min_snr_gamma: 5 }
        trainer: { cond_drop_prob: 0.4 }
        """,
        """
        family: frame-autoencoder
        data: { height: 8, width: 12 }
        model:
          { z_channels: 2, down_channels: [4, 8], mid_channels: [8], down_sample: [true], attn_down: [false], norm_channels: 4, num_heads: 2 }
        loss: { disc_weight: 0, perceptual_weight: 0 }
        """,
        """
        family: video-autoencoder
        model: { network_variant: vae_s4t4_b, embedding_dim: 4, n_hiddens: 8, n_res_layers: 1, downsample: [2, 4, 4] }
        clip: { frames: 4, height: 16 }
        """,
    ];

    [Theory]
    [MemberData(nameof(Divisible))]
    public void Losses_and_gradients_of_shares_add_up(string yaml)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (config, data, task) = Open(yaml);
        using (data)
        using (task)
        {
            using var parameters = new FlatParameters(task.Model);
            using var all = new BatchSequence(data, BatchSize, 3, CPU).Load(2);
            var (whole, gradient) = Loss(null);
            var (sum, gradients) = (0.0, zeros_like(gradient));
            foreach (var share in Shares)
            {
                var (loss, part) = Loss(share);
                sum += loss * share.Count / share.Total;
                gradients += part * ((double)share.Count / share.Total);
            }

            Assert.Equal(whole, sum, 1e-6 * Math.Max(1, whole));
            Assert.InRange((gradients - gradient).abs().max().ToDouble(), 0, 1e-5 * gradient.abs().max().ToDouble());

            (double, Tensor) Loss(BatchShare? share)
            {
                using var inner = NewDisposeScope();
                using var generator = new Generator(7);
                var batch = share is null ? all : Part(all, share);
                var loss = task.Loss(batch, 0, new StepContext(0, 1, generator) { Share = share }).Total;
                parameters.Backward(loss);
                return (loss.ToDouble(), parameters.Gradients.clone().MoveToOuterDisposeScope());
            }
        }
    }

    [Theory]
    [InlineData(TokenModelKind.NanoGpt, true)]
    [InlineData(TokenModelKind.NanoGpt, false)]
    [InlineData(TokenModelKind.MdGpt, true)]
    [InlineData(TokenModelKind.Masked, true)]
    public void Losses_of_tokens_add_up_for_any_number_of_predicted_and_dropped_tokens(TokenModelKind kind, bool hasKernels)
    {
        using var scope = NewDisposeScope();
        using var kernels = new KernelComparison.Switch(hasKernels);
        manual_seed(1);
        var shape = new TokenShape(2, 3, 4);
        var config = new TokenNetworkConfig { Architecture = kind, NEmbd = 16, NHead = 2, NLayer = 1, BlockSize = 8, SparseBlockSize = 4, Dropout = 0.3 };
        using var network = TokenNetworks.Create(config, 30, shape);
        var scheme = TokenScheme.Create(config, network, 30, shape);
        var clips = randint(0, 30, [BatchSize, 2, 3, 4], ScalarType.Int64);
        using var generator = new Generator(7);
        var whole = scheme.Loss(clips, null, 0, generator, generator).ToDouble();
        var sum = Shares.Sum(share =>
        {
            generator.manual_seed(7);
            var part = clips.narrow(0, share.First, share.Count);
            var chance = new BatchRandom(generator, share);
            return scheme.Loss(part, null, 0, chance, chance).ToDouble() * share.Count / share.Total;
        });
        Assert.Equal(whole, sum, 1e-5);
        Assert.NotEqual(whole, scheme.Loss(clips, null, 0, generator, null).ToDouble(), 5e-5);
    }

    private static Batch Part(Batch all, BatchShare share)
    {
        IReadOnlyList<T> Of<T>(IReadOnlyList<T> items) => [.. items.Skip(share.First).Take(share.Count)];
        return all switch
        {
            ClipBatch clips => new ClipBatch(clips.Clips.narrow(0, share.First, share.Count), Of(clips.Captions), Of(clips.Names)),
            LatentBatch latents => new LatentBatch(latents.Latents.narrow(0, share.First, share.Count), Of(latents.Captions), Of(latents.Names)),
            _ => throw new ArgumentException("no such batch", nameof(all)),
        };
    }

    private static (RunConfig Config, IExamples Data, ITrainingTask Task) Open(string yaml)
    {
        var family = ModelFamilies.Of(ConfigFile.Parse(yaml, "test"));
        var (config, data) = family.CreateSynthetic(ConfigFile.Parse(yaml, "test"), null);
        return (config, data, family.Create(config, data, CPU));
    }
}
