using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>A weight of <see cref="FlatParameters"/> as a matrix: a row for each index of its first axis, all others in one.</summary>
/// <param name="Start">Its first element among all parameters.</param>
/// <param name="Length">Its elements, with those that fill the last cache line.</param>
/// <param name="Of">A tensor laid out like all parameters to its part in the weight's own shape.</param>
public sealed record FlatMatrix(long Start, long Length, long Rows, long Columns, Func<Tensor, Tensor> Of);
