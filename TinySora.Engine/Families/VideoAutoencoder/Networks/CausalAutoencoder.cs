using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder;

/// <summary>minisora's causal_s8t4: an encoder in which no latent sees a later frame, and a codebook of running means.</summary>
internal static class CausalNetwork
{
    private const int Hidden = 128;
    private const int Blocks = 2;

    public static NetworkVariant Variant { get; } = new("causal_s8t4", IsVariational: false, IsQuantized: true)
    {
        Stride = _ => new(4, 8, 8),
        Create = (network, loss) =>
        {
            var (d, h, n) = (network.EmbeddingDim, network.NHiddens ?? Hidden, network.NResLayers ?? Blocks);
            return new EncoderDecoder(Encoder(d, h, n), last: null, Decoder(d, h, n), new EmaCodebook(network.NCodes, d, loss.CommitmentCost));
        },
    };

    /// <summary>Space by eight, blocks, time by four, blocks.</summary>
    private static nn.Module<Tensor, Tensor>[] Encoder(int d, int h, int blocks) =>
    [
        Halved(ClipAutoencoder.Channels, h), ActivationLayer.Relu(), Halved(h, h), ActivationLayer.Relu(), Halved(h, h), ActivationLayer.Relu(),
        .. AxialResidualBlock.Stack(blocks, h, isCausal: true),
        new CausalConv(h, h, 4, stride: 2), ActivationLayer.Relu(), new CausalConv(h, h, 4, stride: 2), ActivationLayer.Relu(),
        .. AxialResidualBlock.Stack(blocks, h, isCausal: true),
        new Conv(h, d, Axis.Single, Axis.Single),
    ];

    private static nn.Module<Tensor, Tensor>[] Decoder(int d, int h, int blocks) =>
    [
        new Conv(d, h, Axis.Single, Axis.Single), .. AxialResidualBlock.Stack(blocks, h, isCausal: true),
        ActivationLayer.TimeDoubling(), new CausalConv(h, h, 3), ActivationLayer.Relu(),
        ActivationLayer.TimeDoubling(), new CausalConv(h, h, 3), ActivationLayer.Relu(),
        .. AxialResidualBlock.Stack(blocks, h, isCausal: true),
        ActivationLayer.SpaceDoubling(), Frame(h, h), ActivationLayer.Relu(), ActivationLayer.SpaceDoubling(), Frame(h, h), ActivationLayer.Relu(),
        ActivationLayer.SpaceDoubling(), Frame(h, ClipAutoencoder.Channels),
    ];

    private static Conv Halved(int inputs, int outputs) => new(inputs, outputs, Axis.Single, Axis.Same(4, 2), isFlat: true);

    private static Conv Frame(int inputs, int outputs) => new(inputs, outputs, Axis.Single, Axis.Same(3, 1), isFlat: true);
}
