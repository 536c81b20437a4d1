using System.ComponentModel;

namespace TinySora.Engine.Families.LatteTutorial;

/// <summary>The section of the tutorial's files about the noise of the transformer.</summary>
public sealed record DiffusionParams
{
    [Description("Noise levels.")]
    public int NumTimesteps { get; init; } = 1000;

    [Description("Variance of the noise of the first level.")]
    public double BetaStart { get; init; } = 0.0001;

    [Description("Variance of the noise of the last level.")]
    public double BetaEnd { get; init; } = 0.02;
}
