using static TorchSharp.torch;

namespace TinySora.Engine.Diffusion;

/// <summary>A step that was done.</summary>
/// <param name="Done">Steps up to this one.</param>
/// <param name="Guess">The clean clips that it went by, (B, C, F, H, W).</param>
/// <param name="Reached">What it made of the noisy ones: the next step's, or after the last the result.</param>
public readonly record struct StepSeen(int Done, Tensor Guess, Tensor Reached);
