using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Latents;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes the folders of autoencoders below the folder that was typed, the last one written to first, and the names of the module's
/// and the hub's; without any, checkpoints.
/// </summary>
public sealed class AutoencoderCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        IReadOnlyList<CompletionResult> found =
        [
            .. from run in RunCompleter.Below(word)
               let newest = CheckpointCompleter.List(run.Absolute).LastOrDefault(checkpoint => checkpoint.IsReadable)
               where CodecModel.IsIn(newest)
               select new CompletionResult(
                   PathText.Quoted(run.Path), run.Path, CompletionResultType.ParameterValue, $"{newest.Family}, step {newest.Step}"),
            .. CheckpointNames.Autoencoders.Concat(CheckpointNames.OfHub.Where(item => IsAutoencoder(Hub.Find(item.Name, Hub.ModelEnding))))
                .Where(item => item.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Select(CheckpointCompleter.Result),
        ];
        return found.Count > 0 ? found
            : new CheckpointCompleter().CompleteArgument(commandName, parameterName, wordToComplete ?? "", commandAst, fakeBoundParameters);
    }

    private static bool IsAutoencoder(string? file) => file is not null && CodecModel.IsIn(CheckpointCompleter.List(file).SingleOrDefault());
}
