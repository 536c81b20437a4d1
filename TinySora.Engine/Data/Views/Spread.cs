namespace TinySora.Engine.Data.Views;

/// <summary>The least, the mean and the most of some numbers.</summary>
public sealed record Spread(int Least, double Mean, int Most)
{
    internal static Spread? Of(IReadOnlyCollection<int> numbers) =>
        numbers.Count == 0 ? null : new Spread(numbers.Min(), numbers.Average(), numbers.Max());

    public override string ToString() => Least == Most ? $"{Least}" : FormattableString.Invariant($"{Least} to {Most}, mean {Mean:0.#}");
}
