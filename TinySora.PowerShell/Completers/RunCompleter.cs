using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes the folders of training runs up to two levels below the folder that was typed, the last one written to first.
/// PowerShell completes folders as usual where there are none.
/// </summary>
public sealed class RunCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        return Below((wordToComplete ?? "").Trim('\'', '"')).Select(Result).ToList().OrFiles();
    }

    /// <summary>The runs whose paths begin with a text, as they are to be typed and absolute.</summary>
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

    /// <summary>Returns the folder of the newest run that has what is needed, relative to the caller's location; `null` without one.</summary>
    internal static string? Newest(RunNeed need) =>
        Absolute(".") is string here && DefaultPaths.NewestRun(path => Path.GetFullPath(path, here), need).Folder is string run
            ? Path.Combine(".", Path.GetRelativePath(here, run)) : null;

    /// <summary>Asks the caller's session, because only that knows the current folder.</summary>
    private static string? Absolute(string folder)
    {
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddCommand("Convert-Path").AddParameter("LiteralPath", folder)
            .AddParameter("ErrorAction", ActionPreference.Ignore).Invoke().FirstOrDefault()?.BaseObject as string;
    }

    private static CompletionResult Result((string Path, string Absolute) run) => new(
        TypedText.Of(run.Path), run.Path, CompletionResultType.ParameterValue, $"last written {Directory.GetLastWriteTime(run.Absolute):g}");
}
