using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>An encoder that ends in mean and logarithm of the variance of its latents (Kingma and Welling 2014).</summary>
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
        return (mu_layer.forward(features).Widened(), sigma_layer.forward(features).Widened());
    }
}
