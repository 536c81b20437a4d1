using TinySora.Engine.Layers.Onnx;

namespace TinySora.Engine.Families;

/// <summary>A network of a model that other programs can run as a graph of ONNX.</summary>
/// <param name="Name">Tells its file from that of the model's other networks; null: it is what the model is about.</param>
/// <param name="Write">Writes operators, inputs and outputs.</param>
public sealed record NetworkGraph(string? Name, Action<OnnxGraph> Write)
{
    /// <summary>The metadata of a graph that says how clips are sampled with it, as JSON.</summary>
    public const string SamplingKey = "sampling";

    /// <summary>The name of the graph that makes pixels of what a sampled graph ends with: x to clips (batch, C, F, H, W) in [0, 1].</summary>
    public const string Decoder = "decoder";
}
