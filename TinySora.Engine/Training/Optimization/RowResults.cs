using System.Text.Json.Serialization;

namespace TinySora.Engine.Training.Optimization;

/// <summary>The rows of <c>trainer.keep_if</c> that a checkpoint passes and fails, named by what they ask; both are empty where it was not tested.</summary>
public sealed record RowResults(IReadOnlyList<string> Passed, IReadOnlyList<string> Failed)
{
    /// <summary>The rows of a checkpoint that was not tested: none.</summary>
    public static RowResults None { get; } = new([], []);

    [JsonIgnore]
    public bool IsTested => Passed.Count + Failed.Count > 0;

    /// <summary>The rows that an earlier checkpoint passes and this one fails. Rows that only one of both knows do not count.</summary>
    public IReadOnlyList<string> FallenSince(RowResults earlier) => [.. Failed.Intersect(earlier.Passed)];

    public override string ToString() => IsTested ? FormattableString.Invariant($"{Passed.Count} of {Passed.Count + Failed.Count} passed") : "not tested";
}
