using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes checkpoints and presets for the commands that take them as paths, and leaves the paths of all others to PowerShell.</summary>
public sealed class PathCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        IArgumentCompleter? completer = commandName switch
        {
            "Export-TinySoraCheckpoint" or "Remove-TinySoraCheckpoint" => new CheckpointCompleter(),
            "Test-TinySoraConfig" => new PresetCompleter(),
            _ => null,
        };
        return completer?.CompleteArgument(commandName, parameterName, wordToComplete, commandAst, fakeBoundParameters) ?? PathText.LeftToPowerShell;
    }
}
