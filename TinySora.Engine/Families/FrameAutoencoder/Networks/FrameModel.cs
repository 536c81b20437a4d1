using TinySora.Engine.Families.FrameAutoencoder.Config;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>The autoencoder and, where there is one, its discriminator as one module.</summary>
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
