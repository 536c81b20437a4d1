using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>The loss of one micro-batch.</summary>
/// <param name="Total">A scalar with a gradient: what is minimized.</param>
public sealed record StepLoss(Tensor Total)
{
    /// <summary>Further named scalars of the step, on the device.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Scalars { get; init; } = [];
}
