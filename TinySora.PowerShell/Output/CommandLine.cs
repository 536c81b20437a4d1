using System.Globalization;
using TinySora.Engine.Generation;

namespace TinySora.PowerShell.Output;

/// <summary>Requests as the line of PowerShell that makes the same video.</summary>
internal static class CommandLine
{
    /// <summary>What PowerShell takes for a single quote: typographic ones, too.</summary>
    private const string Quotes = "'\u2018\u2019\u201a\u201b";

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

    /// <summary>A value as it has to be typed: what is no plain number or word stands in quotes.</summary>
    private static string Typed(object value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture)!;
        var isPlain = text.Length > 0 && text[0] != '-' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/');
        return isPlain ? text : $"'{string.Concat(text.Select(c => Quotes.Contains(c) ? $"{c}{c}" : $"{c}"))}'";
    }
}
