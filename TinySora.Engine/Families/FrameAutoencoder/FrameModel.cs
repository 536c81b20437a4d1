using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>All that is trained.</summary>
internal sealed class FrameModel : nn.Module
{
    private readonly FrameNetwork autoencoder;

    public FrameModel(FrameNetwork network)
        : base(nameof(FrameModel))
    {
        autoencoder = network;
        RegisterComponents();
    }

    public FrameNetwork Autoencoder => autoencoder;
}
