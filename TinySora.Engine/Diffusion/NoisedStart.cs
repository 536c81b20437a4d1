using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>Clips that are noised and then denoised again.</summary>
/// <param name="Clips">(B, C, F, H, W), or what expands to it, in [−1, 1].</param>
/// <param name="Level">The level t they are noised to; −1: they are left as they are.</param>
public sealed record NoisedStart(Tensor Clips, int Level);
