using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>An activation between convolutions, without weights.</summary>
internal sealed class ActivationLayer : Layer
{
    private readonly Func<AnyTensor, AnyTensor> _function;

    private ActivationLayer(Func<AnyTensor, AnyTensor> function)
        : base(nameof(ActivationLayer)) => _function = function;

    public static ActivationLayer Relu() => new(x => x.relu());

    /// <summary>A leaky ReLU with PyTorch's default slope.</summary>
    public static ActivationLayer LeakyRelu() => new(x => x.leaky_relu(0.01));

    public static ActivationLayer Tanh() => new(x => x.tanh());

    public override AnyTensor forward(AnyTensor input) => _function(input);
}
