namespace TinySora.Engine.Formats;

/// <summary>Formats numbers of things for messages.</summary>
public static class Plural
{
    /// <summary>Formats a number with a noun, such as <c>1 clip</c> or <c>3 clips</c>.</summary>
    /// <param name="noun">Singular form of a noun whose plural ends in s.</param>
    public static string Count(long number, string noun) => FormattableString.Invariant($"{number} {noun}{(number == 1 ? "" : "s")}");
}
