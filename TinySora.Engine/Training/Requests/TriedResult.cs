namespace TinySora.Engine.Training.Requests;

/// <summary>What was reached after a number of steps.</summary>
/// <param name="Aspects">
/// Each aspect with its name in the plural and what was reached of it in percent. Of shapes, the clips of sentences that were not shown whose colours, motions
/// or shapes are those of the sentence; of videos, the captions whose clips show their scene, and those whose clips move as their training clips do.
/// </param>
public sealed record TriedResult(int Steps, IReadOnlyList<(string Name, double Percent)> Aspects)
{
    /// <summary>The mean of all aspects in percent.</summary>
    public double Mean => Aspects.Average(aspect => aspect.Percent);

    /// <summary>The lowest percentage of all aspects.</summary>
    public double Least => Aspects.Min(aspect => aspect.Percent);

    /// <summary>Interpolates between two results linearly.</summary>
    /// <param name="low">The result at a share of 0; null: nothing was reached after 0 steps.</param>
    /// <param name="share">Of the way to the other, 0 to 1.</param>
    internal static TriedResult Between(TriedResult? low, TriedResult high, double share)
    {
        double Mix(double from, double to) => from + ((to - from) * share);
        return new(
            (int)Mix(low?.Steps ?? 0, high.Steps),
            [.. high.Aspects.Select((aspect, i) => (aspect.Name, Mix(low?.Aspects[i].Percent ?? 0, aspect.Percent)))]);
    }
}
