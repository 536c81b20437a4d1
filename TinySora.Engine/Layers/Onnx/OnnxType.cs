namespace TinySora.Engine.Layers.Onnx;

/// <summary>The types of a tensor's elements, by the numbers that ONNX gives them.</summary>
public enum OnnxType
{
    Float32 = 1,
    Int64 = 7,
    Bool = 9,
    Float16 = 10,
    BFloat16 = 16,
}
