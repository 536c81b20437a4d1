using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes the checkpoints of a results folder, newest first, with step and loss as a tip; without a folder those of
/// the newest run, and the models that have a name. PowerShell completes file names as usual where there are none.
/// </summary>
public sealed class CheckpointCompleter : IArgumentCompleter
{
    /// <summary>What is deleted has to be named as it lies there.</summary>
    private const string TakesNoNames = "Remove-TinySoraCheckpoint";

    /// <summary>Parameter of the commands that generate; others have -Path or -InitialCheckpoint, and those for autoencoders another completer.</summary>
    private const string GeneratesWith = "Checkpoint";

    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        var need = parameterName == GeneratesWith ? RunNeed.Video : RunNeed.Checkpoint;
        var folder = word.Length == 0 ? RunCompleter.Newest(need) : Path.GetDirectoryName(word);
        var names = (commandName == TakesNoNames ? [] : CheckpointNames.All.Except(CheckpointNames.Autoencoders))
            .Where(item => item.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Select(Result);
        return string.IsNullOrEmpty(folder)
            ? names.ToList().OrFiles()
            : names.Concat(List(folder).Reverse().Where(c => c.IsReadable).Select(c => Result(folder, c))
                .Where(r => r.ListItemText.StartsWith(Path.GetFileName(word), StringComparison.OrdinalIgnoreCase))).ToList().OrFiles();
    }

    /// <summary>A name of a checkpoint, with what it stands for as a tip.</summary>
    internal static CompletionResult Result((string Name, string What) item) =>
        new(TypedText.Of(item.Name), item.Name, CompletionResultType.ParameterValue, item.What);

    /// <summary>Runs the cmdlet in the caller's session, because only that knows the current folder.</summary>
    internal static IEnumerable<CheckpointInfo> List(string folder)
    {
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        return
        [
            .. shell.AddCommand("TinySora\\Get-TinySoraCheckpoint").AddParameter("Path", folder)
                .AddParameter("ErrorAction", ActionPreference.Ignore).Invoke().Select(o => o.BaseObject).OfType<CheckpointInfo>(),
        ];
    }

    private static CompletionResult Result(string folder, CheckpointInfo checkpoint)
    {
        var name = Path.GetFileName(checkpoint.Path);
        var path = Path.Combine(folder, name).Replace('/', Path.DirectorySeparatorChar); // as PowerShell completes files
        return new CompletionResult(
            TypedText.Of(path), name, CompletionResultType.ParameterValue,
            $"step {checkpoint.Step}, loss {checkpoint.Loss:0.0000}{(checkpoint.IsBest ? ", the best" : "")}, {checkpoint.Family}, {checkpoint.SavedAt:g}");
    }
}
