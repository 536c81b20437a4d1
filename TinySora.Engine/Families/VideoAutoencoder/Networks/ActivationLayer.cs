using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>An activation between convolutions, without weights.</summary>
internal sealed class ActivationLayer : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor, Tensor> _function;

    private ActivationLayer(Func<Tensor, Tensor> function)
        : base(nameof(ActivationLayer)) => _function = function;

    public static ActivationLayer Relu() => new(x => nn.functional.relu(x));

    /// <summary>A leaky ReLU with PyTorch's default slope.</summary>
    public static ActivationLayer LeakyRelu() => new(x => nn.functional.leaky_relu(x, 0.01));

    public static ActivationLayer Tanh() => new(x => x.tanh());

    public override Tensor forward(Tensor input) => _function(input);
}
