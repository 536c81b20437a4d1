using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>Latents that were quantized in training.</summary>
/// <param name="Latents">(..., D): the codes' vectors, whose gradient goes straight through to what was quantized (Bengio et al. 2013).</param>
/// <param name="Tokens">(...) int64.</param>
/// <param name="Loss">What is to be minimized beside the rest, a scalar; null: nothing.</param>
internal sealed record Quantized(Tensor Latents, Tensor Tokens, Tensor? Loss);
