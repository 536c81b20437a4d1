using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Generation;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes the last word of a prompt from those that the model of -Checkpoint was trained on, the most frequent first.</summary>
public sealed class PromptCompleter : IArgumentCompleter
{
    private const int MostShown = 60;

    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var typed = wordToComplete ?? "";
        var quote = typed is ['"' or '\'', ..] ? typed[..1] : "";
        var text = typed.Trim('\'', '"');
        var before = text[..(text.LastIndexOf(' ') + 1)];
        return
        [
            .. PromptWords.Of(Model(fakeBoundParameters["Checkpoint"]?.ToString()))
                .Where(word => word.StartsWith(text[before.Length..], StringComparison.OrdinalIgnoreCase)).Take(MostShown)
                .Select(word => new CompletionResult(
                    Quoted(before + word, quote), word, CompletionResultType.ParameterValue, $"{before}{word}: a word that the model was trained on")),
        ];
    }

    private static string Quoted(string prompt, string quote) => quote.Length > 0 ? quote + prompt + quote : TypedText.Of(prompt);

    private static string Model(string? checkpoint) =>
        (checkpoint ?? RunCompleter.Newest(RunNeed.Video)) is string model
            ? CheckpointCompleter.List(model).LastOrDefault(info => info.IsReadable)?.Path ?? DefaultPaths.Model
            : DefaultPaths.Model;
}
