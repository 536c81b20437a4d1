using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes checkpoints for the commands that take them from the pipeline, and leaves the paths of all others to PowerShell.</summary>
public sealed class PathCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        commandName is "Export-TinySoraCheckpoint" or "Remove-TinySoraCheckpoint"
            ? new CheckpointCompleter().CompleteArgument(commandName, parameterName, wordToComplete, commandAst, fakeBoundParameters)
            : PathText.LeftToPowerShell;
}
