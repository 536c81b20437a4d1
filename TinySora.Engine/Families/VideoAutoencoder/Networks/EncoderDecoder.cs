using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>An encoder, a decoder and an optional quantizer, with minisora's weight names.</summary>
internal sealed class EncoderDecoder : ClipAutoencoder
{
    private readonly nn.Module encoder;
    private readonly nn.Module<Tensor, Tensor> decoder;
    private readonly Quantizer? vq;
    private readonly EpochUsage? usage;

    /// <param name="encoder">Layers of the encoder. If the encoder is variational, they do not include the last layer.</param>
    /// <param name="last">Creates each of the two last layers of a variational encoder; <c>null</c> for other encoders.</param>
    public EncoderDecoder(nn.Module<Tensor, Tensor>[] encoder, Func<nn.Module<Tensor, Tensor>>? last, nn.Module<Tensor, Tensor>[] decoder, Quantizer? quantizer)
        : base(nameof(EncoderDecoder))
    {
        this.encoder = last is null ? Layers(encoder) : new VariationalEncoder(encoder, last(), last());
        this.decoder = Layers(decoder);
        vq = quantizer;
        usage = quantizer is null ? null : new EpochUsage(quantizer.Codes);
        RegisterComponents();
    }

    public override Quantizer? Quantizer => vq;

    public override EpochUsage? Usage => usage;

    public override IEnumerable<nn.Module> EncodingLayers => vq is null ? [encoder] : [encoder, vq];

    public override (AnyTensor Mean, AnyTensor? LogVariance) Encode(AnyTensor x) => encoder is VariationalEncoder variational
        ? variational.forward(x)
        : (encoder.forward(x).ToFloat32(), null);

    public override AnyTensor Decode(AnyTensor z) => decoder.forward(z).ToFloat32();

    /// <summary>Returns the sequence of several layers, or the layer itself if there is only one, as in the published code.</summary>
    private static nn.Module<Tensor, Tensor> Layers(nn.Module<Tensor, Tensor>[] layers) => layers.Length == 1 ? layers[0] : nn.Sequential(layers);
}

/// <summary>An encoder with two parallel last layers, for the mean and the log variance of latents (Kingma and Welling 2014).</summary>
internal sealed class VariationalEncoder : nn.Module
{
    private readonly Sequential encoder_layers_before_last;
    private readonly nn.Module<Tensor, Tensor> mu_layer;
    private readonly nn.Module<Tensor, Tensor> sigma_layer;

    public VariationalEncoder(nn.Module<Tensor, Tensor>[] layers, nn.Module<Tensor, Tensor> mean, nn.Module<Tensor, Tensor> logVariance)
        : base(nameof(VariationalEncoder))
    {
        (encoder_layers_before_last, mu_layer, sigma_layer) = (nn.Sequential(layers), mean, logVariance);
        RegisterComponents();
    }

    /// <param name="x">(B, F, H, W, C).</param>
    /// <returns>(B, f, h, w, D) each, float32.</returns>
    public (AnyTensor Mean, AnyTensor LogVariance) forward(AnyTensor x)
    {
        var features = encoder_layers_before_last.forward(x);
        return (mu_layer.forward(features).ToFloat32(), sigma_layer.forward(features).ToFloat32());
    }
}
