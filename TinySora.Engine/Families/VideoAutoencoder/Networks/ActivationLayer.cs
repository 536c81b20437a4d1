using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>An activation between convolutions, without weights.</summary>
internal sealed class ActivationLayer : nn.Module<Tensor, Tensor>, IGraphLayer
{
    private readonly Func<Tensor, Tensor> _function;
    private readonly Func<OnnxTensor, OnnxTensor> _inGraph;

    private ActivationLayer(Func<Tensor, Tensor> function, Func<OnnxTensor, OnnxTensor> inGraph)
        : base(nameof(ActivationLayer)) => (_function, _inGraph) = (function, inGraph);

    public static ActivationLayer Relu() => new(x => nn.functional.relu(x), x => x.Relu());

    /// <summary>A leaky ReLU with PyTorch's default slope.</summary>
    public static ActivationLayer LeakyRelu() => new(x => nn.functional.leaky_relu(x, 0.01), x => x.Relu(0.01));

    public static ActivationLayer Tanh() => new(x => x.tanh(), x => x.Each("Tanh"));

    public override Tensor forward(Tensor input) => _function(input);

    public OnnxTensor forward(OnnxTensor input) => _inGraph(input);
}
