using System.Globalization;
using System.Management.Automation.Language;
using TinySora.Engine.Generation;

namespace TinySora.PowerShell.Output;

/// <summary>Formats texts as PowerShell arguments.</summary>
internal static class ArgumentText
{
    private const string PlainSigns = "._-/\\:=+~";

    /// <summary>Returns the text, in quotes if PowerShell requires them.</summary>
    public static string QuoteIfNeeded(string text)
    {
        var isPlain = text.Length > 0 && text[0] != '-' && text.All(c => char.IsLetterOrDigit(c) || PlainSigns.Contains(c));
        return isPlain ? text : Quote(text);
    }

    /// <summary>Returns the text in single quotes; also escapes typographic quotes, which PowerShell treats like straight ones.</summary>
    public static string Quote(string text) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";
}

/// <summary>Formats a request as the PowerShell command that generates its video.</summary>
internal static class CommandLine
{
    /// <param name="checkpoint">Path or name of the checkpoint.</param>
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

    private static string Typed(object value) => ArgumentText.QuoteIfNeeded(Convert.ToString(value, CultureInfo.InvariantCulture)!);
}
