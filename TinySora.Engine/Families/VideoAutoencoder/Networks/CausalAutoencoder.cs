using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>
/// minisora's causal_s8t4 network. Weights have their published names. Latents do not depend on later frames, and the vectors of the codebook are running
/// means. The decoder receives the codes without a straight-through gradient, so that the encoder learns only from the codebook's loss.
/// </summary>
internal sealed class CausalAutoencoder : ClipAutoencoder
{
    private const int Hidden = 128;
    private const int Blocks = 2;
    private const int SpaceStages = 3;
    private const int TimeStages = 2;

    private readonly Encoder encoder;
    private readonly Decoder decoder;
    private readonly EmaCodebook vq;
    private readonly EpochUsage usage;

    /// <param name="hidden">Number of hidden channels.</param>
    public CausalAutoencoder(int hidden, int blocks, EmaCodebook codebook)
        : base(nameof(CausalAutoencoder))
    {
        (encoder, decoder) = (new(codebook.Width, hidden, blocks), new(codebook.Width, hidden, blocks));
        (vq, usage) = (codebook, new EpochUsage(codebook.Codes));
        RegisterComponents();
    }

    public static NetworkVariant Variant { get; } = new("causal_s8t4", IsVariational: false, IsQuantized: true)
    {
        Stride = _ => new(1 << TimeStages, 1 << SpaceStages, 1 << SpaceStages),
        Create = (network, loss) => new CausalAutoencoder(
            network.NHiddens ?? Hidden, network.NResLayers ?? Blocks,
            new EmaCodebook(network.NCodes, network.EmbeddingDim, loss.CommitmentCost, passesGradients: false)),
    };

    public override Quantizer Quantizer => vq;
    public override EpochUsage Usage => usage;

    public override IEnumerable<nn.Module> EncodingLayers => [encoder, vq];

    public override (AnyTensor Mean, AnyTensor? LogVariance) Encode(AnyTensor x) => (encoder.forward(x).ToFloat32(), null);

    public override AnyTensor Decode(AnyTensor z) => decoder.forward(z).ToFloat32();

    /// <summary>Parts that encoder and decoder have in common, under their published names: stages and blocks in space and in time.</summary>
    private sealed class Parts : nn.Module
    {
        public readonly ModuleList<Sequential> spatial_conv = new();
        public readonly Sequential spatial_res_stack;
        public readonly ModuleList<Sequential> time_conv = new();
        public readonly Sequential time_res_stack;

        public Parts(int hidden, int blocks, Func<int, Conv> space, Func<CausalConv> time)
            : base(nameof(Parts))
        {
            for (var stage = 0; stage < SpaceStages; stage++)
            {
                spatial_conv.Add(nn.Sequential(("conv", space(stage))));
            }

            for (var stage = 0; stage < TimeStages; stage++)
            {
                time_conv.Add(nn.Sequential(("conv", time())));
            }

            spatial_res_stack = nn.Sequential(AxialResidualBlock.Stack(blocks, hidden, isCausal: true));
            time_res_stack = nn.Sequential(AxialResidualBlock.Stack(blocks, hidden, isCausal: true));
            RegisterComponents();
        }
    }

    private sealed class Encoder : Layer
    {
        private readonly Parts encoder;
        private readonly Sequential pre_vq_conv;

        public Encoder(int width, int hidden, int blocks)
            : base(nameof(Encoder))
        {
            encoder = new(
                hidden, blocks, stage => new Conv(stage == 0 ? Channels : hidden, hidden, Axis.Single, Axis.Same(4, 2), isFlat: true),
                () => new CausalConv(hidden, hidden, 4, stride: 2));
            pre_vq_conv = AxialResidualBlock.SameConv(hidden, width, 1);
            RegisterComponents();
        }

        public override AnyTensor forward(AnyTensor input)
        {
            var x = encoder.spatial_res_stack.forward(encoder.spatial_conv.Aggregate(input, (x, conv) => conv.forward(x).relu()));
            return pre_vq_conv.forward(
                encoder.time_res_stack.forward(encoder.time_conv.Aggregate(x, (x, conv) => conv.forward(x).relu())));
        }
    }

    private sealed class Decoder : Layer
    {
        private readonly Parts decoder;
        private readonly Sequential post_vq_conv;

        public Decoder(int width, int hidden, int blocks)
            : base(nameof(Decoder))
        {
            decoder = new(
                hidden, blocks, stage => new Conv(hidden, stage == SpaceStages - 1 ? Channels : hidden, Axis.Single, Axis.Same(3, 1), isFlat: true),
                () => new CausalConv(hidden, hidden, 3));
            post_vq_conv = AxialResidualBlock.SameConv(width, hidden, 1);
            RegisterComponents();
        }

        public override AnyTensor forward(AnyTensor input)
        {
            var x = decoder.time_res_stack.forward(post_vq_conv.forward(input));
            x = decoder.time_conv.Aggregate(x, (x, conv) => conv.forward(Upsampling.Time(x)).relu());
            x = decoder.spatial_res_stack.forward(x);
            for (var stage = 0; stage < SpaceStages; stage++)
            {
                x = decoder.spatial_conv[stage].forward(Upsampling.Space(stage == 0 ? x : x.relu()));
            }

            return x;
        }
    }
}
