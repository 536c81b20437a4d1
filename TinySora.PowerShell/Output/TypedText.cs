using System.Management.Automation.Language;

namespace TinySora.PowerShell.Output;

/// <summary>Texts as they have to be typed.</summary>
internal static class TypedText
{
    private const string PlainSigns = "._-/\\:=+~";

    /// <summary>The text itself where PowerShell takes it for an argument as it stands, and else in quotes.</summary>
    public static string Of(string text)
    {
        var isPlain = text.Length > 0 && text[0] != '-' && text.All(c => char.IsLetterOrDigit(c) || PlainSigns.Contains(c));
        return isPlain ? text : Quoted(text);
    }

    /// <summary>The text in single quotes, of which PowerShell knows typographic ones, too.</summary>
    public static string Quoted(string text) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";
}
