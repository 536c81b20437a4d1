using TinySora.Engine.Interop.Onnx;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>What a batch is denoised towards, in a graph: see <see cref="NetworkCondition"/>.</summary>
/// <param name="Labels">The number of each clip's class, (B) int64, the number of classes for none; null: the model knows no classes.</param>
/// <param name="Text">(B, L, D) float32; null: the model takes no text.</param>
/// <param name="TextPresent">(B, L) booleans: which of the states stand for words.</param>
/// <param name="Absent">The examples that get no text, (B) booleans.</param>
internal sealed record GraphCondition(OnnxTensor? Labels, OnnxTensor? Text, OnnxTensor? TextPresent, OnnxTensor? Absent);
