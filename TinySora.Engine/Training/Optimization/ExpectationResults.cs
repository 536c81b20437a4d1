using System.Text.Json.Serialization;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// Identifiers of the rows of the <c>trainer.keep_if</c> table that a checkpoint passes and fails; both lists are empty if the checkpoint was not tested.
/// </summary>
public sealed record ExpectationResults(IReadOnlyList<string> Passed, IReadOnlyList<string> Failed)
{
    /// <summary>Empty results, for an untested checkpoint.</summary>
    public static ExpectationResults None { get; } = new([], []);

    [JsonIgnore]
    public bool IsTested => Passed.Count + Failed.Count > 0;

    /// <summary>Returns the rows that an earlier checkpoint passes and this one fails. Rows that were not tested for both checkpoints are ignored.</summary>
    public IReadOnlyList<string> RegressionsSince(ExpectationResults earlier) => [.. Failed.Intersect(earlier.Passed)];

    public override string ToString() => IsTested ? FormattableString.Invariant($"{Passed.Count} of {Passed.Count + Failed.Count} passed") : "not tested";
}
