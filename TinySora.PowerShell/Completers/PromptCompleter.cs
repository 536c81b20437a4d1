using System.Management.Automation;
using TinySora.Engine.Generation;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes the last word of a prompt with words that the model in -Checkpoint was trained on, most frequent first. Without a run, completes the words of all
/// bundled models.
/// </summary>
public sealed class PromptCompleter : Completer
{
    private const int MaxShown = 60;

    internal override IEnumerable<CompletionResult> Offers(Completion request)
    {
        var quote = request.Typed is ['"' or '\'', ..] ? request.Typed[..1] : "";
        var before = request.Word[..(request.Word.LastIndexOf(' ') + 1)];
        return Words(request.Given["Checkpoint"]?.ToString())
            .Where(word => word.StartsWith(request.Word[before.Length..], StringComparison.OrdinalIgnoreCase)).Take(MaxShown)
            .Select(word => Offer(Quoted(before + word, quote), word, $"{before}{word}: a word that the model was trained on"));
    }

    private static string Quoted(string prompt, string quote) => quote.Length > 0 ? quote + prompt + quote : ArgumentText.QuoteIfNeeded(prompt);

    private static IEnumerable<string> Words(string? checkpoint) =>
        (checkpoint ?? RunCompleter.Newest(RunNeed.Video)) is string model && CheckpointCompleter.Newest(model)?.Path is string path
            ? ModelVocabulary.Read(path)
            : BundledModels.Words;
}
