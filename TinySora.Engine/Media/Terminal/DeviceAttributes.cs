using System.Text.RegularExpressions;

namespace TinySora.Engine.Media.Terminal;

/// <summary>What a terminal answers when it is asked what it is: its primary device attributes, DA1 of DEC's terminals.</summary>
public static partial class DeviceAttributes
{
    /// <summary>The question; a terminal answers as if its answer had been typed.</summary>
    public const string Question = "\u001b[c";

    /// <summary>The attribute of a terminal that takes sixels.</summary>
    private const string Sixels = "4";

    /// <summary>Whether what was read so far holds a whole answer.</summary>
    public static bool IsWhole(string read) => Answer().IsMatch(read);

    /// <summary>Whether the answer names sixels; an answer that is cut, or none, does not.</summary>
    public static bool NameSixels(string read) =>
        Answer().Match(read) is { Success: true } match && match.Groups[1].Value.Split(';').Skip(1).Contains(Sixels);

    [GeneratedRegex("\u001b\\[\\?([0-9;]*)c")]
    private static partial Regex Answer();
}
