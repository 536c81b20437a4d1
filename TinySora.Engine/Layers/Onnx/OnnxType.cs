namespace TinySora.Engine.Layers.Onnx;

/// <summary>Element types with their numbers in ONNX.</summary>
public enum OnnxType
{
    Float32 = 1,
    Int64 = 7,
    Bool = 9,
    Float16 = 10,
    BFloat16 = 16,
}
