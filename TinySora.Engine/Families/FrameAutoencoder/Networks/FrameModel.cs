using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using BatchNorm = TinySora.Engine.Layers.BatchNorm;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

internal sealed class FrameModel : nn.Module
{
    public const string AutoencoderName = nameof(autoencoder);
    public const string DiscriminatorName = nameof(discriminator);

    private readonly FrameNetwork autoencoder;
    private readonly PatchDiscriminator? discriminator;

    public FrameModel(FrameModelConfig config, FrameLossConfig loss)
        : base(nameof(FrameModel))
    {
        autoencoder = config.IsKl ? new AutoencoderKl(config) : new FrameVae(config);
        discriminator = loss.DiscWeight > 0 ? new PatchDiscriminator(config.FrameChannels) : null;
        RegisterComponents();
    }

    public FrameNetwork Autoencoder => autoencoder;

    public PatchDiscriminator? Discriminator => discriminator;
}

/// <summary>A network that encodes single frames to latents, and decodes latents to frames (Kingma and Welling 2014).</summary>
internal abstract class FrameNetwork(string name) : nn.Module(name)
{
    public abstract IEnumerable<nn.Module> EncodingLayers { get; }

    /// <param name="frames">(B, F, H, W, C) in [-1, 1].</param>
    /// <returns>(B, F, h, w, 2z) float32: means of the latents, then their log variances.</returns>
    public abstract AnyTensor Encode(AnyTensor frames);

    /// <param name="latents">(B, F, h, w, z).</param>
    /// <returns>(B, F, H, W, C) float32 in [-1, 1], black to white.</returns>
    public abstract AnyTensor Decode(AnyTensor latents);

    /// <inheritdoc cref="Encode(AnyTensor)"/>
    public Tensor Encode(Tensor frames) => (Tensor)Encode((AnyTensor)frames);

    /// <inheritdoc cref="Decode(AnyTensor)"/>
    public Tensor Decode(Tensor latents) => (Tensor)Decode((AnyTensor)latents);
}

/// <summary>
/// Classifies each patch of a frame as real or decoded (PatchGAN, Isola et al. 2017), as in the Latte tutorial. Fields have the published names. The
/// network has 661 312 parameters for gray frames and 663 360 for color frames.
/// </summary>
internal sealed class PatchDiscriminator : Layer
{
    public const string Prefix = nameof(layers) + ".";

    private const double Slope = 0.2;

    private readonly ModuleList<Sequential> layers = new();

    public PatchDiscriminator(int channels)
        : base(nameof(PatchDiscriminator))
    {
        layers.Add(nn.Sequential(Patch(channels, 64, 2, hasBias: true)));
        layers.Add(nn.Sequential(Patch(64, 128, 2), new BatchNorm(128, Activation.LeakyRelu, Slope)));
        layers.Add(nn.Sequential(Patch(128, 256, 2), new BatchNorm(256, Activation.LeakyRelu, Slope)));
        layers.Add(nn.Sequential(Patch(256, 1, 1)));
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C) in [-1, 1].</param>
    /// <returns>(B, F, H / 8 - 1, W / 8 - 1, 1) float32: near 1 for real patches, near 0 for decoded ones.</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        var x = layers[0].forward(input).ToFloat32().leaky_relu(Slope);
        return layers[3].forward(layers[2].forward(layers[1].forward(x))).ToFloat32();
    }

    private static Conv Patch(int inputs, int outputs, long stride, bool hasBias = false) =>
        new(inputs, outputs, Axis.Single, Axis.Symmetric(4, stride, 1), hasBias, isFlat: true);
}

internal sealed class Posterior
{
    /// <summary>Lower bound of the log variance. Together with the upper bound, it keeps exponentials finite.</summary>
    public const double LowestLogVariance = -30;
    public const double HighestLogVariance = 20;

    private readonly Tensor logVariance;

    /// <param name="moments">(..., 2z), means first.</param>
    public Posterior(Tensor moments)
    {
        var halves = moments.chunk(2, -1);
        Mean = halves[0];
        logVariance = halves[1].clamp(LowestLogVariance, HighestLogVariance);
    }

    public Tensor Mean { get; }

    public Tensor Moments => cat([Mean, logVariance], -1);

    public Tensor Sample(BatchRandom random) =>
        Mean + ((logVariance / 2).exp() * random.Normal(Mean.shape).to(Mean.device));

    /// <summary>Returns the KL divergence from the standard normal distribution, summed over each frame and averaged over frames.</summary>
    public Tensor Divergence()
    {
        var each = (logVariance.exp() + Mean.square() - 1 - logVariance) * 0.5;
        return each.sum() / (Mean.shape[0] * Mean.shape[1]);
    }
}
