using TinySora.Engine.Interop.Onnx;

namespace TinySora.Engine.Layers;

/// <summary>A layer of one input and one result that can write itself into a graph.</summary>
public interface IGraphLayer
{
    /// <summary>Writes what the layer's forward computes into the graph of the input.</summary>
    OnnxTensor forward(OnnxTensor input);
}
