using TinySora.Engine.Configuration;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Families.VideoAutoencoder.Config;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>minisora's and VideoGPT's autoencoders as a whole; see tests/reference/run_video_autoencoders.py.</summary>
public sealed class AutoencoderRunTests
{
    [Fact]
    public void Ten_steps_of_minisoras_VQ_VAE_and_a_reconstruction_match_PyTorch() =>
        Check("s4t4_b_vq", new() { LowUtilizationCost = 0.1 }, 1e-3, frames: 8, size: 8);

    [Fact]
    public void Ten_steps_of_minisoras_VAE_and_a_reconstruction_match_PyTorch() =>
        Check("vae_s4t4_b", new() { KlLossWeight = 0.1 }, 1e-3, frames: 8, size: 8);

    /// <summary>
    /// Batch norm cancels the biases before it, so only rounding moves them, and running means lag behind. Rounding also chooses between two
    /// codes that are equally near: with AVX2 alone, that changes a fifteenth of the sample, while a real error changes all of it.
    /// </summary>
    [Fact]
    public void Ten_steps_of_VideoGPTs_VQ_VAE_and_a_reconstruction_match_PyTorch() => Check(
        "videogpt", new() { ReconVariance = 0.06 }, 3e-4, frames: 4, size: 24,
        new GoldenRun("videogpt") { WeightTolerance = 0.02, SampleTolerance = 0.25 });

    private static void Check(string variant, ReconstructionConfig loss, double rate, int frames, int size, GoldenRun? run = null)
    {
        var config = new RunConfig
        {
            Family = new VideoAutoencoderConfig
            {
                Model = SmallNetworks.Config with { NetworkVariant = variant }, Clip = new() { Frames = frames, Height = size }, Loss = loss,
            },
            Trainer = new TrainerConfig { TrainLr = rate },
        };
        (run ?? new GoldenRun(variant)).Check(
            () => new VideoAutoencoderTask(config.Of<VideoAutoencoderConfig>(), CPU), config.Trainer, seed: 14, examples: 6,
            taken => GoldenRun.Clips(taken, 3, frames, size, size),
            task => task.Codec!.Decode(task.Codec.Encode(GoldenRun.Clips([0, 1], 3, frames, size, size).Clips)).narrow(0, 0, 1));
    }
}
