using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>What the clips of a batch are conditioned on.</summary>
/// <param name="Vectors">(B, condDim); null in an unconditional model.</param>
/// <param name="Absent">(B) booleans: clips without text or vector, for which the model's null vector stands in.</param>
public sealed record Condition(Tensor? Vectors, Tensor Absent);
