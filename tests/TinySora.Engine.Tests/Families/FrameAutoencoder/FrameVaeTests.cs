using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TorchSharp;
using static TinySora.Engine.Tests.Families.FrameAutoencoder.FrameTesting;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

public sealed class FrameVaeTests
{
    private static readonly FrameModelConfig Ucf = new()
    {
        FrameChannels = 3, DownChannels = [128, 256, 384, 512], MidChannels = [512], DownSample = [true, true, true],
        AttnDown = [false, false, false], NumHeads = 4, NumDownLayers = 2, NumMidLayers = 2, NumUpLayers = 2,
    };

    private static readonly FrameModelConfig Plain = new()
    {
        DownChannels = [8, 16], MidChannels = [16], DownSample = [true], AttnDown = [false], NormChannels = 4, NumHeads = 2,
    };

    private static readonly FrameModelConfig Attending = new()
    {
        FrameChannels = 3, ZChannels = 2, DownChannels = [8, 16, 16], MidChannels = [16, 24, 16], DownSample = [true, false], AttnDown = [true, false],
        NormChannels = 4, NumHeads = 2, NumDownLayers = 2, NumUpLayers = 2,
    };

    [Fact]
    public void Both_published_configurations_have_the_published_number_of_parameters()
    {
        using var mnist = new FrameVae(new FrameModelConfig());
        using var ucf = new FrameVae(Ucf);
        Assert.Equal([1_107_941, 41_577_703], new[] { mnist, ucf }.Select(vae => vae.parameters().Sum(parameter => parameter.numel())));
    }

    [Fact]
    public void Weights_have_the_published_names()
    {
        using var vae = new FrameVae(Attending);
        var names = vae.state_dict().Keys.ToHashSet();
        Assert.Superset(new HashSet<string>
        {
            "encoder_conv_in.weight", "encoder_layers.1.resnet_conv_first.0.0.weight", "encoder_layers.1.resnet_conv_second.1.2.bias",
            "encoder_layers.0.residual_input_conv.1.weight", "encoder_layers.0.down_sample_conv.bias", "encoder_layers.0.attention_norms.1.bias",
            "encoder_layers.0.attentions.0.in_proj_weight", "encoder_layers.0.attentions.0.in_proj_bias", "encoder_layers.0.attentions.1.out_proj.weight",
            "encoder_mids.1.resnet_conv_first.1.2.weight", "encoder_norm_out.weight", "encoder_conv_out.bias", "pre_quant_conv.weight",
            "post_quant_conv.weight", "decoder_conv_in.weight", "decoder_mids.0.attentions.0.out_proj.bias", "decoder_layers.1.up_sample_conv.weight",
            "decoder_norm_out.bias", "decoder_conv_out.weight",
        }, names);
        Assert.DoesNotContain("encoder_layers.1.down_sample_conv.weight", names);
        Assert.DoesNotContain("encoder_layers.1.attention_norms.0.weight", names);
        Assert.DoesNotContain(new FrameVae(Plain).state_dict().Keys, name => name.Contains("mids", StringComparison.Ordinal));
    }

    [Fact]
    public void Latents_and_frames_have_the_published_shapes()
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        using var vae = new FrameVae(new FrameModelConfig());
        var moments = vae.Encode(zeros([2, 3, 72, 128, 1]));
        Assert.Equal([2, 3, 18, 32, 8], moments.shape);
        Assert.Equal([2, 3, 72, 128, 1], vae.Decode(moments.narrow(4, 0, 4)).shape);
    }

    /// <summary>Reference values are those of an independent PyTorch network.</summary>
    [Fact]
    public void Forward_loss_and_gradients_match_PyTorch() => AgreesWith(
        Plain,
        [0.18100327253341675, 0.18849265575408936, 0.1935502141714096, 0.20115098357200623],
        [0.07741076499223709, 0.07292387634515762, 0.05269523710012436, -0.0004240870475769043],
        (1.1401149034500122, 1.6553945541381836, 22.420419297601924),
        ("encoder_conv_in.weight", 0.006033725426962518, 0.0009285036940127611),
        ("encoder_layers.0.resnet_conv_first.0.0.weight", 0.002045059756006179, 0.0009557473822496831),
        ("decoder_layers.0.up_sample_conv.weight", 9.500798610062905, 0.03347466140985489),
        ("post_quant_conv.bias", 0.687961061502359, 0.06202687323093414));

    /// <inheritdoc cref="Forward_loss_and_gradients_match_PyTorch"/>
    [Fact]
    public void Forward_loss_and_gradients_with_attention_and_middle_blocks_match_PyTorch() => AgreesWith(
        Attending,
        [0.6989860534667969, 0.8695464730262756, 0.586447536945343, 0.1318475902080536],
        [-1.6479864120483398, -2.0517239570617676, -1.795973300933838, -1.1720579862594604],
        (2.138319969177246, 7.462687015533447, 20.114943037209326),
        ("encoder_conv_in.weight", 1.0874404929617592, 0.11798834800720215),
        ("encoder_layers.0.resnet_conv_first.0.0.weight", 0.5952187598179907, -0.0809258446097374),
        ("decoder_layers.1.up_sample_conv.weight", 4.573411574606467, -0.06730616837739944),
        ("post_quant_conv.bias", 0.25692436403368846, 0.1519295573234558),
        ("encoder_mids.0.attentions.0.in_proj_weight", 0.01237966388644406, -4.870332304562908e-06),
        ("decoder_mids.1.attentions.0.out_proj.weight", 0.11741941996551795, 0.0031547583639621735));

    [Fact]
    public void Overflowing_variance_is_clamped()
    {
        using var scope = NewDisposeScope();
        var posterior = new Posterior(tensor(new[] { 0f, 0f, 100f, -100f }).view(1, 1, 1, 1, 4));
        Assert.Equal([0f, 0f, 20f, -30f], posterior.Moments.data<float>().ToArray());
        Near(0.5 * (Math.Exp(20) - 1 - 20 + Math.Exp(-30) - 1 + 30), posterior.Divergence().ToDouble(), 1e-6);
    }

    [Fact]
    public void Latents_are_drawn_with_the_variance_of_the_encoder()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var moments = cat([full([1, 1, 100, 100, 1], 3f), full([1, 1, 100, 100, 1], (float)Math.Log(4))], 4);
        var sample = new Posterior(moments).Sample(generator);
        Assert.InRange(sample.mean().ToDouble(), 2.9, 3.1);
        Assert.InRange((sample - 3).square().mean().ToDouble(), 3.8, 4.2);
    }

    private static void AgreesWith(
        FrameModelConfig config, double[] firstMoments, double[] lastPixels, (double Recon, double Kl, double GradientNorm) expected,
        params (string Name, double Norm, double First)[] gradients)
    {
        using var scope = NewDisposeScope();
        using var vae = Filled(new FrameVae(config));
        var frames = Wave(0.11, 2, config.FrameChannels, 8, 12);
        var moments = vae.Encode(frames);
        var posterior = new Posterior(moments);
        long[] shape = [2, config.ZChannels, 4, 6];
        var noise = Frames((arange(shape.Aggregate(1L, (a, b) => a * b), ScalarType.Float64) * 0.3).cos().view(shape).to(ScalarType.Float32));
        var decoded = vae.Decode(posterior.Mean + ((posterior.Moments.chunk(2, -1)[1] / 2).exp() * noise));
        var (recon, kl) = (nn.functional.mse_loss(decoded, frames), posterior.Divergence());
        (recon + (kl * 0.01)).backward();

        foreach (var (want, got) in firstMoments.Zip(Row(moments)).Concat(lastPixels.Zip(Row(decoded)[^4..])))
        {
            Near(want, got);
        }

        Near(expected.Recon, recon.ToDouble());
        Near(expected.Kl, kl.ToDouble());
        Near(expected.GradientNorm, GradientNorm(vae));
        foreach (var (name, norm, first) in gradients)
        {
            var (ourNorm, ourFirst) = Gradient(vae, name);
            Near(norm, ourNorm);
            Near(first, ourFirst);
        }
    }
}
