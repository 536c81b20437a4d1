using static TorchSharp.torch;

namespace TinySora.Engine.Data.Corpora;

/// <summary>What makes videos into tokens.</summary>
/// <param name="Description">Differs when the tokens would; the parts keep it.</param>
/// <param name="Encode">The tokens (T, H, W) of the video at a path, int64 on the CPU.</param>
public sealed record VideoTokens(string Description, Func<string, CancellationToken, Tensor> Encode)
{
    /// <summary>What must be known to train on them without what made them; the parts keep it, too.</summary>
    public string Of { get; init; } = "";
}
