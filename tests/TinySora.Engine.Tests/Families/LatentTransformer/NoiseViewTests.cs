using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Generation;
using TinySora.Engine.Tests.Latents;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Views of latents during sampling, as the Latte tutorial shows them.</summary>
public sealed class NoiseViewTests
{
    /// <summary>A new transformer predicts zero noise, so each step scales the initial noise to the signal of the next level.</summary>
    [Fact]
    public void Views_enlarge_three_channels_after_each_step_and_the_last_view_is_the_video()
    {
        using var toy = new ToyCodec(ToyCodecKind.Posterior, frames: 1);
        var config = ConfigFile.Parse($$"""
            family: latent-transformer
            model: { architecture: latte-tutorial, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 2 }
            clip: { frames: 3, height: 16 }
            latents: { codec: '{{toy.File("codec")}}', normalize: none }
            diffusion: { timesteps: 5, noise_schedule: plain-linear, beta_end: 0.5, sampler: ddim, sampling_steps: 5 }
            """, "tiny");
        var (_, data) = new LatentTransformerFamily().CreateSynthetic(config, null);
        using var scope = NewDisposeScope();
        using (data)
        using (var task = new LatentTransformerFamily().Create(config, data, CPU))
        {
            var seen = new List<(int Done, Tensor Clip)>();
            var looker = new Looker(2, (done, clip) => seen.Add((done, clip.clone().DetachFromDisposeScope()))) { ShowsNoise = true };
            var video = task.Video!.Sample(task.Video.Resolve(new()), [new ClipPrompt(3)], looker, CancellationToken.None);
            Assert.Equal([2, 4, 5], seen.Select(step => step.Done));

            var schedule = config.Of<LatentTransformerConfig>().Family.Diffusion.Schedule();
            using var source = new ClipRandom([3], CPU);
            var start = source.Normal(3, 3, 4, 4) / schedule[4].Signal;
            for (var i = 0; i < 2; i++)
            {
                var latents = start * schedule[4 - seen[i].Done].Signal; // the level after the step
                Assert.True(latents.abs().max().ToDouble() > 1.2);
                var shown = (latents.clamp(-1, 1) + 1) / 2;
                Assert.Equal([1, 3, 3, 16, 16], seen[i].Clip.shape);
                for (var place = 0; place < 16; place++)
                {
                    var found = seen[i].Clip.slice(3, place / 4, 16, 4).slice(4, place % 4, 16, 4); // each latent is 4 x 4 pixels
                    Assert.True(found.allclose(shown, 1e-4, 1e-5), $"step {seen[i].Done}, place {place}");
                }
            }

            Assert.True(seen[2].Clip.eq(video).all().item<bool>());
            seen.ForEach(step => step.Clip.Dispose());
        }
    }
}
