namespace TinySora.Engine.Training.Checkpoints;

/// <summary>Element types of exported weights.</summary>
public enum WeightType
{
    Float32,
    Float16,
    BFloat16,
}
