using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>Everything that a checkpoint keeps: parameters <c>network.*</c> and <c>text.*</c>, and how latents are normalized.</summary>
internal sealed class LatentDenoiser : nn.Module
{
    private readonly LatentNetwork network;
    private readonly LearnedTextEncoder? text;
    private readonly Tensor latent_mean;
    private readonly Tensor latent_deviation;

    /// <param name="encoder">Given where the text encoder is trained as well.</param>
    /// <param name="channels">Of the latents.</param>
    public LatentDenoiser(LatentNetwork network, LearnedTextEncoder? encoder, int channels)
        : base(nameof(LatentDenoiser))
    {
        this.network = network;
        text = encoder;
        latent_mean = zeros([channels], ScalarType.Float32);
        latent_deviation = ones([channels], ScalarType.Float32);
        RegisterComponents();
    }

    /// <inheritdoc cref="LatentNetwork.forward"/>
    public Tensor Predict(Tensor x, Tensor t, NetworkCondition condition) => network.forward(x, t, condition);

    /// <param name="mean">(D).</param>
    /// <param name="deviation">(D).</param>
    public void NormalizeBy(Tensor mean, Tensor deviation)
    {
        using var nothing = no_grad();
        latent_mean.copy_(mean);
        latent_deviation.copy_(deviation);
    }

    /// <param name="latents">(B, D, F, H, W), as a codec makes them.</param>
    public Tensor Normalized(Tensor latents) => (latents - PerChannel(latent_mean)) / PerChannel(latent_deviation);

    /// <summary>The inverse of <see cref="Normalized"/>.</summary>
    public Tensor AsCoded(Tensor x) => (x * PerChannel(latent_deviation)) + PerChannel(latent_mean);

    private static Tensor PerChannel(Tensor values) => values.view(1, -1, 1, 1, 1);
}
