using System.Globalization;
using TinySora.Engine.Generation;

namespace TinySora.PowerShell.Output;

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
