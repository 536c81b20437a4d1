using TinySora.Engine.Configuration;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TorchSharp;
using static TinySora.Engine.Tests.Families.FrameAutoencoder.FrameTesting;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

public sealed class AutoencoderKlTests
{
    internal static readonly FrameModelConfig Tiny = new()
    {
        Network = FrameModelConfig.AutoencoderKl, FrameChannels = 3, ZChannels = 2, DownChannels = [8, 16], NormChannels = 4,
    };

    private static readonly FrameModelConfig StableDiffusion = Tiny with
    {
        ZChannels = 4, DownChannels = [128, 256, 512, 512], NormChannels = 32, NumDownLayers = 2,
    };

    [Fact]
    public void Stable_Diffusion_configuration_has_83_653_863_parameters_and_stride_8()
    {
        using var network = new AutoencoderKl(StableDiffusion);
        Assert.Equal((83_653_863, 8), (network.parameters().Sum(parameter => parameter.numel()), StableDiffusion.Stride));
        Assert.Equal(248, network.state_dict().Count);
    }

    [Fact]
    public void Weights_have_the_published_names()
    {
        using var network = new AutoencoderKl(Tiny);
        var names = network.state_dict().Keys.ToHashSet();
        Assert.Equal(124, names.Count);
        Assert.Superset(new HashSet<string>
        {
            "encoder.conv_in.weight", "encoder.down_blocks.0.resnets.0.norm1.weight", "encoder.down_blocks.0.downsamplers.0.conv.bias",
            "encoder.down_blocks.1.resnets.0.conv_shortcut.weight", "encoder.mid_block.resnets.1.conv2.weight", "encoder.conv_norm_out.bias",
            "encoder.mid_block.attentions.0.group_norm.weight", "encoder.mid_block.attentions.0.to_q.weight", "encoder.conv_out.bias",
            "quant_conv.weight", "post_quant_conv.bias", "decoder.conv_in.weight", "decoder.mid_block.attentions.0.to_out.0.bias",
            "decoder.up_blocks.0.resnets.1.conv1.weight", "decoder.up_blocks.0.upsamplers.0.conv.weight",
            "decoder.up_blocks.1.resnets.0.conv_shortcut.bias", "decoder.conv_norm_out.weight", "decoder.conv_out.bias",
        }, names);
        Assert.DoesNotContain(names, name => name.Contains("down_blocks.1.downsamplers", StringComparison.Ordinal)
            || name.Contains("up_blocks.1.upsamplers", StringComparison.Ordinal));
    }

    /// <summary>Reference values are those of an independent PyTorch network, which agrees with its float64 version to 5e-6.</summary>
    [Fact]
    public void Moments_and_frames_match_PyTorch() => AgreesWith(
        Tiny,
        [0.661198385255108, 0.8535859378029876, 0.5853722123684545, 0.19853649862731076],
        [0.11456638848839686, 0.540344852658866, 0.8458088391678823, 0.6161250863457054],
        7.544113847616276,
        [0.0392302813238766, -0.0022175197388660806, -0.006216098269098358, 0.008537692141033268],
        [-0.27906556596689547, -0.19016412719497566, -0.0900810943980779, 0.013925777784182553],
        11.192980777480535);

    /// <inheritdoc cref="Moments_and_frames_match_PyTorch"/>
    [Fact]
    public void Moments_and_frames_of_three_levels_with_two_layers_match_PyTorch() => AgreesWith(
        Tiny with { DownChannels = [8, 16, 24], NumDownLayers = 2 },
        [-0.1243740059459445, -0.13849841508481972, -0.15530336853334842, -0.1660504315221486],
        [0.004264857092913438, 0.008950394348412827, 0.0036167346047104587, -0.007409039045529697],
        0.7516788330433948,
        [0.4742983864326407, 1.2329780460821074, 1.9231406100089783, 2.08352703325401],
        [0.18589639795968477, 0.37812144770891154, 0.4322800639945327, 0.2624211351408518],
        14.929384941528648);

    [Fact]
    public void Frames_that_exceed_memory_are_processed_in_parts()
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var config = new FrameAutoencoderConfig { Model = Tiny with { DownChannels = [4, 4, 4, 4] } };
        using var network = Filled(new AutoencoderKl(config.Model));
        var codec = new FrameCodec(network, config, MixedPrecision.Off, CPU);
        var clip = rand([1, 3, 3, 384, 512]); // 589 824 pixels: two parts
        var whole = codec.Encode(clip);
        Assert.Equal([1, 2, 3, 48, 64], whole.shape);
        var single = codec.Encode(clip.narrow(2, 2, 1));
        Assert.True(whole.narrow(2, 2, 1).allclose(single, 1e-3, 1e-4));
        Assert.True(codec.Decode(whole).narrow(2, 2, 1).allclose(codec.Decode(single), 1e-3, 1e-4));
    }

    private static void AgreesWith(
        FrameModelConfig config, double[] firstMoments, double[] lastMoments, double moments, double[] firstPixels, double[] lastPixels, double pixels)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        using var network = Filled(new AutoencoderKl(config));
        var encoded = network.Encode(Wave(0.11, 2, 3, 8, 12));
        var decoded = network.Decode(Wave(0.3, 2, 2, 8 / config.Stride, 12 / config.Stride));
        foreach (var (first, last, norm, ours) in new[] { (firstMoments, lastMoments, moments, encoded), (firstPixels, lastPixels, pixels, decoded) })
        {
            foreach (var (want, got) in first.Concat(last).Zip([.. Row(ours)[..4], .. Row(ours)[^4..]]))
            {
                Near(want, got);
            }

            Near(norm, ours.to(ScalarType.Float64).norm().ToDouble());
        }
    }
}
