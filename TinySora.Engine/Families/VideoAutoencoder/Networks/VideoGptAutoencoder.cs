using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>VideoGPT's VQ-VAE (Yan et al. 2021). Weights have their published names.</summary>
internal sealed class VideoGptAutoencoder : ClipAutoencoder
{
    public const int DefaultWidth = 240;
    public const int DefaultBlocks = 4;

    private readonly Encoder encoder;
    private readonly Decoder decoder;
    private readonly Sequential pre_vq_conv;
    private readonly Sequential post_vq_conv;
    private readonly EmaCodebook codebook;
    private readonly EpochUsage usage;

    /// <param name="width">Number of latent channels, which is the width of the codebook's vectors.</param>
    /// <param name="hidden">Number of hidden channels.</param>
    public VideoGptAutoencoder(LatentStride stride, int width, int hidden, int blocks, EmaCodebook codebook)
        : base(nameof(VideoGptAutoencoder))
    {
        var stages = Stages(stride);
        encoder = new Encoder(stages, hidden, blocks);
        decoder = new Decoder(stages, hidden, blocks);
        pre_vq_conv = AxialResidualBlock.SameConv(hidden, width, 1);
        post_vq_conv = AxialResidualBlock.SameConv(width, hidden, 1);
        (this.codebook, usage) = (codebook, new EpochUsage(codebook.Codes));
        RegisterComponents();
    }

    public static NetworkVariant Variant { get; } = new("videogpt", IsVariational: false, IsQuantized: true)
    {
        Stride = Stride,
        Create = (network, loss) => new VideoGptAutoencoder(
            Stride(network), network.EmbeddingDim, network.NHiddens ?? DefaultWidth, network.NResLayers ?? DefaultBlocks,
            new EmaCodebook(network.NCodes, network.EmbeddingDim, loss.CommitmentCost)),
    };

    public override Quantizer Quantizer => codebook;
    public override EpochUsage Usage => usage;

    public override IEnumerable<nn.Module> EncodingLayers => [encoder, pre_vq_conv, codebook];

    public override (AnyTensor Mean, AnyTensor? LogVariance) Encode(AnyTensor x) => (pre_vq_conv.forward(encoder.forward(x)).ToFloat32(), null);

    public override AnyTensor Decode(AnyTensor z) => decoder.forward(post_vq_conv.forward(z)).ToFloat32();

    /// <summary>Returns, for each stage, whether it halves time and space. Each axis is halved in the first stages.</summary>
    private static (bool Time, bool Space)[] Stages(LatentStride stride) =>
    [
        .. Enumerable.Range(1, Math.Max(int.Log2(stride.Frames), int.Log2(stride.Height)))
            .Select(stage => (1 << stage <= stride.Frames, 1 << stage <= stride.Height)),
    ];

    private static LatentStride Stride(NetworkConfig network) => new(network.Downsample[0], network.Downsample[1], network.Downsample[2]);

    private static Axis Half(bool isHalved) => Axis.Same(4, isHalved ? 2 : 1);

    private sealed class Encoder : Layer
    {
        private readonly ModuleList<Sequential> convs = new();
        private readonly Sequential conv_last;
        private readonly Sequential res_stack;

        public Encoder((bool Time, bool Space)[] stages, int hidden, int blocks)
            : base(nameof(Encoder))
        {
            foreach (var (time, space) in stages)
            {
                convs.Add(nn.Sequential(("conv", new Conv(convs.Count == 0 ? Channels : hidden, hidden, Half(time), Half(space)))));
            }

            conv_last = AxialResidualBlock.SameConv(hidden, hidden, 3);
            res_stack = nn.Sequential(AxialResidualBlock.Stack(blocks, hidden, isCausal: false));
            RegisterComponents();
        }

        public override AnyTensor forward(AnyTensor input) =>
            res_stack.forward(conv_last.forward(convs.Aggregate(input, (x, conv) => conv.forward(x).relu())));
    }

    private sealed class Decoder : Layer
    {
        private readonly Sequential res_stack;
        private readonly ModuleList<Sequential> convts = new();

        public Decoder((bool Time, bool Space)[] stages, int hidden, int blocks)
            : base(nameof(Decoder))
        {
            res_stack = nn.Sequential(AxialResidualBlock.Stack(blocks, hidden, isCausal: false));
            foreach (var (time, space) in stages)
            {
                var outputs = convts.Count == stages.Length - 1 ? Channels : hidden;
                convts.Add(nn.Sequential(("convt", new UpConv(hidden, outputs, Doubling(time), Doubling(space)))));
            }

            RegisterComponents();
        }

        public override AnyTensor forward(AnyTensor input)
        {
            var x = res_stack.forward(input);
            for (var i = 0; i < convts.Count; i++)
            {
                x = convts[i].forward(i == 0 ? x : x.relu());
            }

            return x;
        }

        private static Axis Doubling(bool isDoubled) => isDoubled ? UpConv.Double : Axis.Same(4, 1);
    }
}
