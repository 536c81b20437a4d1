using System.Management.Automation;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes the results folders of runs that trained an adapter, most recently written first, as names if they are in the default folder of runs.
/// </summary>
public sealed class AdapterCompleter : Completer
{
    private protected override bool TakesPaths(string parameter) => true;

    internal override IEnumerable<CompletionResult> Offers(Completion request) =>
    [
        .. Adapters(Path.Combine(DefaultPaths.Runs, request.Word)).Select(run => Offer(Path.GetFileName(run.Path), run)),
        .. Adapters(request.Word).Where(run => Path.GetDirectoryName(run.Path) != DefaultPaths.Runs).Select(run => Offer(run.Path, run)),
    ];

    private static IEnumerable<(string Path, string Absolute)> Adapters(string word) =>
        RunCompleter.Below(word).Where(run => File.Exists(Path.Combine(run.Absolute, AdapterInfo.FileName)));

    private static CompletionResult Offer(string name, (string Path, string Absolute) run) =>
        Offer(ArgumentText.QuoteIfNeeded(name), name, $"last written {Directory.GetLastWriteTime(run.Absolute):g}");
}
