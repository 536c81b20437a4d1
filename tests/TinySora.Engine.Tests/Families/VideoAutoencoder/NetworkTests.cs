using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>
/// Every network by name compared with plain layers of PyTorch 1.13. A script (tests/reference/clip_networks_reference.py for s4t4_c, causal_s8t4,
/// the compact ones and the folded one) filled them by <see cref="Formulas"/> and wrote these numbers, with four latent channels, 16 codes, and
/// loss = mse + 0.1 KL + codebook loss (0.25 and 0.1). The last nine have 8 inner channels and two residual blocks. The two with batch norms have
/// more positions than the others: over sixteen, rounding alone moves the gradients by half a percent, in PyTorch, too.
/// </summary>
public sealed class NetworkTests
{
    private const double Tolerance = 1e-4;

    /// <summary>Name, frames and size of two clips, parameters, Σ of latents, Σ of reconstructions, loss, Σ of gradients.</summary>
    public static readonly TheoryData<string, int, int, long, double, double, double, double> Published = new()
    {
        { "encode111111_decode111111", 2, 4, 31, -0.438612, -1.104762, 0.2029008, 0.1636282 },
        { "encode133111_decode111111", 2, 4, 127, -0.3326274, -0.4970792, 0.1367528, 0.2263393 },
        { "encode133122_decode144122", 2, 4, 1587, 0.01770685, 0.3561151, 0.1297705, 0.09742809 },
        { "encode133122_decode144122_tanh", 2, 4, 1587, 0.01770685, 0.3552302, 0.129752, 0.09713754 },
        { "encode133122_decode144122_tanh_vq", 2, 4, 1651, 0.01770685, 0.3631654, 0.1571382, 0.1175914 },
        { "encode333222_decode444222_tanh", 4, 4, 5739, -0.1909264, -0.2273078, 0.1318403, 0.06669727 },
        { "encode_decode_spatial4x", 2, 8, 2839, 0.3219123, 0.2943122, 0.1296422, 0.03242914 },
        { "s4t4", 8, 8, 10231, -0.06828058, 0.7874945, 0.1285364, 0.04605083 },
        { "encode_decode_spatial4x_a", 2, 8, 8935, 0.3219123, -0.4562957, 0.1302646, 0.03581967 },
        { "vae_spatial4x_a", 2, 8, 9515, -0.2883064, 0.01060332, 0.1314019, 0.1035608 },
        { "encode_decode_spatial4x_a_vq", 2, 8, 8999, 0.3219123, 0.01762382, 0.1572027, -0.09551094 },
        { "vae_spatial4x_a_vq", 2, 8, 9579, -0.2883064, 0.008376302, 0.1650363, 0.07552871 },
        { "s4t4_a", 8, 8, 31783, -0.06828058, -0.04671671, 0.131127, 0.08019431 },
        { "s4t4_b", 8, 8, 110151, -0.003755271, -0.04267939, 0.1303332, 0.07050347 },
        { "s8_b", 8, 8, 110151, -0.003755271, -0.04267939, 0.1303332, 0.07050347 },
        { "s4t4_b_vq", 8, 8, 110215, -0.003755271, -0.03768166, 0.1568262, -0.1205337 },
        { "vae_s4t4_b", 8, 8, 113611, 0.04394053, -0.04955323, 0.1307439, 0.07096995 },
        { "vae_s4t4_b_vq", 8, 8, 113675, 0.04394053, -0.05085108, 0.1638028, 0.002248366 },
        { "s4t4_c", 8, 8, 89639, 0.03798577, -0.4310552, 0.128484, 0.03958533 },
        { "encode_decode_spatial8x_a", 2, 16, 32647, -0.04526828, 0.3835726, 0.1313157, 0.06360236 },
        { "s8t8_a", 8, 16, 111943, -0.01436787, 0.2137703, 0.1319566, 0.07948087 },
        { "s8t8_b", 8, 16, 356935, 0.01247004, 0.3621044, 0.1283847, 0.03575097 },
        { "vae_s8t8_b", 8, 16, 363851, -0.08636364, 0.4117037, 0.1287964, 0.03877703 },
        { "s8t8_b_vq", 8, 16, 356999, 0.01247004, 0.3326531, 0.1596076, -0.1130539 },
        { "encode_decode_spatial16x_a", 2, 16, 124103, -0.349024, -0.4297019, 0.1280857, 0.04508311 },
        { "s16t16_a", 16, 16, 420743, 0.02824414, 0.3556251, 0.1282778, 0.02282254 },
        { "causal_s8t4", 8, 24, 29487, -1.206856, -0.006341941, 0.1385049, -4.001074 },
        { "videogpt", 4, 16, 20047, 0.3799519, 0.2172268, 0.1409304, -0.04306913 },
        { "s1x4x4_kl", 4, 8, 9379, -0.7558732, -0.3164996, 0.1297081, 0.04343642 },
        { "s1x4x4_fsq", 4, 8, 9343, -0.5417257, -0.3205524, 0.1289008, 0.03427703 },
        { "s2x4x4_kl", 4, 8, 11491, 0.09619333, -0.332548, 0.129655, 0.04108159 },
        { "s2x4x4_fsq", 4, 8, 11455, 0.07108965, -0.3250945, 0.1288519, 0.0337356 },
        { "s1x8x8_kl", 4, 16, 10995, -0.4251558, 0.422941, 0.1291351, 0.03871505 },
        { "s1x8x8_fsq", 4, 16, 10959, -0.7864756, 0.4233244, 0.1285192, 0.0376501 },
        { "s5x4x4_fsq", 10, 8, 6011, -0.05888904, -2.571122, 0.129559, -0.004495212 },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void Network_matches_PyTorch(
        string name, int frames, int size, long parameters, double latents, double reconstruction, double loss, double gradients)
    {
        using var scope = NewDisposeScope();
        using var model = SmallNetworks.Create(name);
        var variant = NetworkVariants.Find(name)!;
        Assert.Equal(parameters, model.parameters().Sum(parameter => parameter.numel()));
        Assert.Equal((variant.IsQuantized, variant.IsQuantized), (model.Quantizer is not null, model.Usage is not null));

        var x = ClipAutoencoder.Pixels(Formulas.Clips(2, 3, frames, size, size));
        var (mean, logVariance) = model.Encode(x);
        var stride = variant.Stride(SmallNetworks.Config);
        Assert.Equal([2, frames / stride.Frames, size / stride.Height, size / stride.Width, 4], mean.shape);
        Assert.Equal(variant.IsVariational, logVariance is not null);
        Assert.Equal(latents, Formulas.Sum(Formulas.First(mean)), Tolerance);

        var quantized = model.Quantizer?.Quantize(mean, new Generator(1));
        var decoded = model.Decode(quantized?.Latents ?? mean);
        Assert.Equal(x.shape, decoded.shape);
        Assert.Equal(reconstruction, Formulas.Sum(Formulas.First(decoded)), Tolerance);

        var total = (decoded - x).square().mean();
        total = logVariance is null ? total : total - (0.05 * (1 + logVariance - mean.square() - logVariance.exp()).mean());
        total = quantized?.Loss is Tensor quantization ? total + quantization : total;
        Assert.Equal(loss, total.ToDouble(), Tolerance / 10);
        total.backward();

        // Batch norm, which these two have, amplifies rounding: with AVX2 alone to 1.2e-4.
        var rounding = name is "causal_s8t4" or "videogpt" ? 5 : 1;
        Assert.Equal(gradients, Formulas.Gradients(model), rounding * Tolerance * Math.Max(1, Math.Abs(gradients)));
    }

    [Fact]
    public void VideoGPT_has_21_141_619_parameters_under_its_names_and_524_288_codebook_values()
    {
        using var model = NetworkVariants.Find("videogpt")!.Create(new() { Downsample = [2, 4, 4] }, new());
        Assert.Equal(21_141_619, model.parameters().Sum(parameter => parameter.numel()));
        var state = model.state_dict();
        Assert.Equal([2048, 256], state["codebook.embeddings"].shape);
        Assert.Equal(state["codebook.embeddings"].shape, state["codebook.z_avg"].shape);
        Assert.Equal([240, 3, 4, 4, 4], state["encoder.convs.0.conv.weight"].shape);
        Assert.Equal([120, 240, 3, 3, 3], state["encoder.res_stack.3.block.2.conv.weight"].shape);
        Assert.Equal([240, 3, 4, 4, 4], state["decoder.convts.1.convt.weight"].shape);

        string[] block = [.. Numbers(0).Concat(Numbers(3)).Concat(Numbers(6)), "2.conv.weight", "5.conv.weight",
            .. "wht".SelectMany(axis => new[] { "w_qs.weight", "w_ks.weight", "w_vs.weight", "fc.weight", "fc.bias" }.Select(name => $"8.attn_{axis}.{name}"))];
        string[] half = [.. Enumerable.Range(0, 4).SelectMany(i => block.Select(name => $"res_stack.{i}.block.{name}")),
            .. Numbers(4).Select(name => $"res_stack.{name}")];
        string[] expected = [.. half.Select(name => $"encoder.{name}"), .. half.Select(name => $"decoder.{name}"),
            .. new[] { "encoder.convs.0.conv", "encoder.convs.1.conv", "encoder.conv_last.conv", "decoder.convts.0.convt", "decoder.convts.1.convt",
                "pre_vq_conv.conv", "post_vq_conv.conv" }.SelectMany(name => new[] { name + ".weight", name + ".bias" }),
            "codebook.embeddings", "codebook.N", "codebook.z_avg", "usage.counts", "usage.epoch"];
        Assert.Equal(expected.Order(StringComparer.Ordinal), state.Keys.Order(StringComparer.Ordinal));

        static IEnumerable<string> Numbers(int norm) =>
            new[] { "weight", "bias", "running_mean", "running_var", "num_batches_tracked" }.Select(name => $"{norm}.{name}");
    }

    /// <summary>The published code expects a different number of channels in this case.</summary>
    [Fact]
    public void VideoGPT_can_have_a_single_stage()
    {
        using var scope = NewDisposeScope();
        using var model = SmallNetworks.Create("videogpt", SmallNetworks.Config with { Downsample = [1, 2, 2] });
        var x = ClipAutoencoder.Pixels(Formulas.Clips(1, 3, 3, 4, 4));
        var latents = model.Encode(x).Mean;
        Assert.Equal([1, 3, 2, 2, 4], latents.shape);
        Assert.Equal(x.shape, model.Decode(latents).shape);
    }

    [Fact]
    public void Causal_encoder_does_not_see_later_frames()
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var model = SmallNetworks.Create("causal_s8t4");
        model.eval();
        var x = ClipAutoencoder.Pixels(Formulas.Clips(1, 3, 12, 16, 16));
        var other = x.clone();
        other.narrow(1, 5, 7).add_(0.3);
        var (latents, changed) = (model.Encode(x).Mean, model.Encode(other).Mean);

        // With stride four, latent t sees frames up to 4 t.
        Assert.Equal(0, (latents - changed).narrow(1, 0, 2).abs().max().ToSingle());
        Assert.NotEqual(0, (latents - changed).narrow(1, 2, 1).abs().max().ToSingle());
    }

    [Fact]
    public void Every_network_of_the_published_code_exists() =>
        Assert.Superset(Published.Select(row => row.Data.Item1).ToHashSet(), NetworkVariants.All.Select(variant => variant.Name).ToHashSet());
}
