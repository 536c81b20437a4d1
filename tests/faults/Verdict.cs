using System.Text.RegularExpressions;

namespace TinySora.Faults;

/// <summary>Whether an end is one that a user can do something with.</summary>
internal static partial class Verdict
{
    private static readonly string[] SystemErrors = ["IO.IOException", "UnauthorizedAccessException"];

    /// <summary>What is wrong with how a disturbed command ended; null: it went on, or told clearly why not.</summary>
    public static string? Problem(Outcome outcome) => outcome.End
        ?? outcome.Errors.Select(Problem).FirstOrDefault(problem => problem is not null);

    private static string? Problem(WrittenError error)
    {
        var isOurs = error.Id.StartsWith("TinySora.", StringComparison.Ordinal) && !error.Id.Contains("Internal", StringComparison.Ordinal);
        if (!isOurs && !IsOfTheSystem(error))
        {
            return $"{error.Id}: {error.Message} {error.Details}";
        }

        return Trace().IsMatch(error.Message) ? $"a trace in a message: {error.Message}" : null;
    }

    /// <summary>PowerShell's own commands tell of a file in the system's words.</summary>
    private static bool IsOfTheSystem(WrittenError error) =>
        error.Message.Contains('/', StringComparison.Ordinal)
        && SystemErrors.Any(name => error.Details.StartsWith($"System.{name}: ", StringComparison.Ordinal));

    [GeneratedRegex(@"\bat [A-Z]\w+\.\w+.*\(")]
    private static partial Regex Trace();
}
