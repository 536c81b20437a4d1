using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>The autoencoder and, where there is one, its discriminator as one module.</summary>
internal sealed class FrameModel : nn.Module
{
    public const string AutoencoderName = nameof(autoencoder);
    public const string DiscriminatorName = nameof(discriminator);

    private readonly FrameNetwork autoencoder;
    private readonly PatchDiscriminator? discriminator;

    public FrameModel(FrameAutoencoderConfig config)
        : base(nameof(FrameModel))
    {
        autoencoder = config.Model.IsKl ? new AutoencoderKl(config.Model) : new FrameVae(config.Model);
        discriminator = config.Loss.DiscWeight > 0 ? new PatchDiscriminator(config.Model.FrameChannels) : null;
        RegisterComponents();
    }

    public FrameNetwork Autoencoder => autoencoder;

    public PatchDiscriminator? Discriminator => discriminator;
}
