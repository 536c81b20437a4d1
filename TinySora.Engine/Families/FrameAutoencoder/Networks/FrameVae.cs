using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder.Networks;

/// <summary>
/// The Latte tutorial's frame VAE. Fields have the published names, because they become the keys in a checkpoint. The network has 1 107 941 parameters in the
/// configuration for Moving MNIST, and 41 577 703 in the configuration for UCF101.
/// </summary>
internal sealed class FrameVae : FrameNetwork
{
    private readonly Conv encoder_conv_in;
    private readonly ModuleList<FrameBlock> encoder_layers = new();
    private readonly ModuleList<FrameBlock> encoder_mids = new();
    private readonly GroupNorm encoder_norm_out;
    private readonly Conv encoder_conv_out;
    private readonly Conv pre_quant_conv;
    private readonly Conv post_quant_conv;
    private readonly Conv decoder_conv_in;
    private readonly ModuleList<FrameBlock> decoder_mids = new();
    private readonly ModuleList<FrameBlock> decoder_layers = new();
    private readonly GroupNorm decoder_norm_out;
    private readonly Conv decoder_conv_out;

    public FrameVae(FrameModelConfig model)
        : base(nameof(FrameVae))
    {
        var (down, mid, z) = (model.DownChannels, model.MidChannels, model.ZChannels);
        FrameBlock Mid(int inputs, int outputs) => new(model, inputs, outputs, model.NumMidLayers + 1, model.NumMidLayers);

        encoder_conv_in = FrameBlock.Square(model.FrameChannels, down[0], 3);
        for (var i = 0; i < down.Count - 1; i++)
        {
            encoder_layers.Add(new FrameBlock(
                model, down[i], down[i + 1], model.NumDownLayers, model.AttnDown[i] ? model.NumDownLayers : 0, halves: model.DownSample[i]));
        }

        encoder_mids.extend(mid.Zip(mid.Skip(1), Mid));
        encoder_norm_out = new GroupNorm(model.NormChannels, down[^1], isActivated: true);
        encoder_conv_out = FrameBlock.Square(down[^1], 2 * z, 3);
        pre_quant_conv = FrameBlock.Square(2 * z, 2 * z, 1);

        post_quant_conv = FrameBlock.Square(z, z, 1);
        decoder_conv_in = FrameBlock.Square(z, mid[^1], 3);
        decoder_mids.extend(mid.Zip(mid.Skip(1), (to, from) => Mid(from, to)).Reverse());
        for (var i = down.Count - 2; i >= 0; i--)
        {
            decoder_layers.Add(new FrameBlock(
                model, down[i + 1], down[i], model.NumUpLayers, model.AttnDown[i] ? model.NumUpLayers : 0, doubles: model.DownSample[i]));
        }

        decoder_norm_out = new GroupNorm(model.NormChannels, down[0], isActivated: true);
        decoder_conv_out = FrameBlock.Square(down[0], model.FrameChannels, 3);
        RegisterComponents();
    }

    public override IEnumerable<nn.Module> EncodingLayers =>
        [encoder_conv_in, encoder_layers, encoder_mids, encoder_norm_out, encoder_conv_out, pre_quant_conv];

    public override AnyTensor Encode(AnyTensor frames)
    {
        var x = encoder_conv_in.forward(frames).ToFloat32();
        x = encoder_layers.Concat(encoder_mids).Aggregate(x, (x, block) => block.forward(x));
        return pre_quant_conv.forward(encoder_conv_out.forward(encoder_norm_out.forward(x))).ToFloat32();
    }

    public override AnyTensor Decode(AnyTensor latents)
    {
        var x = decoder_conv_in.forward(post_quant_conv.forward(latents)).ToFloat32();
        x = decoder_mids.Concat(decoder_layers).Aggregate(x, (x, block) => block.forward(x));
        return decoder_conv_out.forward(decoder_norm_out.forward(x)).ToFloat32();
    }
}
