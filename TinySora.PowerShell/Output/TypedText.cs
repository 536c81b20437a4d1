using System.Globalization;
using System.Management.Automation.Language;
using TinySora.Engine.Generation;

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

/// <summary>Requests as the line of PowerShell that makes the same video.</summary>
internal static class CommandLine
{
    /// <param name="checkpoint">A path or name.</param>
    public static string Of(GenerationRequest request, string checkpoint)
    {
        (string Name, object? Value)[] parameters =
        [
            (nameof(request.Prompt), request.Prompt), ("Checkpoint", checkpoint), (nameof(request.NegativePrompt), request.NegativePrompt),
            (nameof(request.Seed), request.Seed), .. request.Settings.Select(setting => (setting.Key, (object?)setting.Value)),
            ("From", request.Start?.From), ("Noise", request.Start?.Noise), (nameof(request.OutputPath), request.OutputPath),
        ];
        return "Invoke-TinySoraGenerate " + string.Join(
            ' ', parameters.Where(parameter => parameter.Value is not null).Select(parameter => $"-{parameter.Name} {Typed(parameter.Value!)}"));
    }

    private static string Typed(object value) => TypedText.Of(Convert.ToString(value, CultureInfo.InvariantCulture)!);
}
