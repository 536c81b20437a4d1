using TinySora.Engine.Interop.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>Layers in a graph of ONNX: those that write themselves, and TorchSharp's, which do not.</summary>
internal static class GraphLayers
{
    /// <summary>Writes what a module computes of an input.</summary>
    public static OnnxTensor Apply(this nn.Module module, OnnxTensor x) => module switch
    {
        IGraphLayer layer => layer.forward(x),
        Sequential layers => layers.children().Aggregate(x, (input, layer) => layer.Apply(input)),
        SiLU => x.Silu(),
        GELU => x.Gelu(),
        Identity => x,
        Embedding table => x.Graph.Weight(table.weight!).Rows(x),
        TorchSharp.Modules.LayerNorm norm => x.LayerNorm(x.Graph.Weight(norm.weight!), norm.bias is null ? null : x.Graph.Weight(norm.bias), norm.eps),
        _ => throw new NotSupportedException($"{module.GetName()} has no operators of ONNX."),
    };
}
