namespace TinySora.Engine.Layers.Onnx;

/// <summary>Element types, with the numbers that ONNX assigns to them.</summary>
public enum OnnxType
{
    Float32 = 1,
    Int64 = 7,
    Bool = 9,
    Float16 = 10,
    BFloat16 = 16,
}
