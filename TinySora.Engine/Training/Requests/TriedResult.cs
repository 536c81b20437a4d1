namespace TinySora.Engine.Training.Requests;

/// <summary>What is obeyed after so many steps, in percent of the clips of sentences that were not shown.</summary>
public sealed record TriedResult(int Steps, double Colour, double Shape, double Motion)
{
    public double Mean => (Colour + Shape + Motion) / 3;

    public double Least => Math.Min(Colour, Math.Min(Shape, Motion));

    /// <summary>Each aspect with its name in the plural, what is learned first.</summary>
    public IReadOnlyList<(string Name, double Obeyed)> Aspects =>
        [.. new[] { ("colours", Colour), ("motions", Motion), ("shapes", Shape) }.OrderByDescending(aspect => aspect.Item2)];

    /// <summary>What lies on the line from one result to another.</summary>
    /// <param name="share">Of the way, 0 to 1.</param>
    internal static TriedResult Between(TriedResult low, TriedResult high, double share)
    {
        double Mix(double from, double to) => from + ((to - from) * share);
        return new((int)Mix(low.Steps, high.Steps), Mix(low.Colour, high.Colour), Mix(low.Shape, high.Shape), Mix(low.Motion, high.Motion));
    }
}
