using System.Management.Automation;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes the folders of training runs up to two levels below the typed folder, most recently written first.
/// If there are no runs, PowerShell completes folders as usual.
/// </summary>
public sealed class RunCompleter : Completer
{
    private protected override bool TakesPaths(string parameter) => true;

    internal override IEnumerable<CompletionResult> Offers(Completion request) => Below(request.Word)
        .Select(run => Offer(ArgumentText.QuoteIfNeeded(run.Path), run.Path, $"last written {Directory.GetLastWriteTime(run.Absolute):g}"));

    /// <summary>Returns the runs whose paths begin with a text, as paths to type and as absolute paths.</summary>
    internal static IEnumerable<(string Path, string Absolute)> Below(string word)
    {
        var folder = Path.GetDirectoryName(word) is { Length: > 0 } typed ? typed : ".";
        return Absolute(folder) is string root && Directory.Exists(root)
            ? ResultsFolder.Below(root)
                .Where(d => Path.GetRelativePath(root, d).StartsWith(Path.GetFileName(word), StringComparison.OrdinalIgnoreCase))
                .OrderByDescending(Directory.GetLastWriteTime)
                .Select(d => (Path.Combine(folder, Path.GetRelativePath(root, d)), d))
            : [];
    }

    /// <summary>Returns the folder of the newest run that meets a requirement, relative to the caller's location; `null` if there is none.</summary>
    internal static string? Newest(RunNeed need) =>
        Absolute(".") is string here && DefaultPaths.NewestRun(path => Path.GetFullPath(path, here), need).Folder is string run
            ? Path.Combine(".", Path.GetRelativePath(here, run)) : null;

    private static string? Absolute(string folder) => Ask<string>("Convert-Path", "LiteralPath", folder).FirstOrDefault();
}
