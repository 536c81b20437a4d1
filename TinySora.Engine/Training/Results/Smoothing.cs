namespace TinySora.Engine.Training.Results;

/// <summary>The loss of single steps scatters; this average follows it over some fifty, in charts, checkpoints and messages alike.</summary>
internal static class Smoothing
{
    /// <summary>The share of the average that each step keeps.</summary>
    public const double Share = 0.98;

    /// <param name="before">Null before the first step.</param>
    public static double Next(double? before, double loss) => before is double average ? (Share * average) + ((1 - Share) * loss) : loss;
}
