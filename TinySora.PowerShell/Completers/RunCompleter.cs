using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Training;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes the folders of training runs up to two levels below the folder that was typed, the last one written to first.
/// PowerShell completes folders as usual where there are none.
/// </summary>
public sealed class RunCompleter : IArgumentCompleter
{
    private static readonly EnumerationOptions TwoLevels = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true };

    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        var folder = Path.GetDirectoryName(word) is { Length: > 0 } typed ? typed : ".";
        return Absolute(folder) is string root && Directory.Exists(root)
            ? Directory.EnumerateDirectories(root, "*", TwoLevels)
                .Where(d => Path.GetRelativePath(root, d).StartsWith(Path.GetFileName(word), StringComparison.OrdinalIgnoreCase) && ResultsFolder.IsRun(d))
                .OrderByDescending(Directory.GetLastWriteTime)
                .Select(d => Result(Path.Combine(folder, Path.GetRelativePath(root, d)), d)).ToList().OrFiles()
            : PathText.LeftToPowerShell;
    }

    /// <summary>Asks the caller's session, because only that knows the current folder.</summary>
    private static string? Absolute(string folder)
    {
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddCommand("Microsoft.PowerShell.Management\\Convert-Path").AddParameter("LiteralPath", folder)
            .AddParameter("ErrorAction", ActionPreference.Ignore).Invoke().FirstOrDefault()?.BaseObject as string;
    }

    private static CompletionResult Result(string path, string absolute) => new(
        PathText.Quoted(path), path, CompletionResultType.ParameterValue, $"last written {Directory.GetLastWriteTime(absolute):g}");
}
