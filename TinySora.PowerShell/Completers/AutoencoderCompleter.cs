using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Latents;
using TinySora.PowerShell.Output;

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
                   TypedText.Of(run.Path), run.Path, CompletionResultType.ParameterValue, $"{newest.Family}, step {newest.Step}"),
            .. CheckpointNames.Autoencoders.Where(IsMeant).Concat(CheckpointNames.OfHub.Where(IsMeant).Where(IsAutoencoder))
                .Select(CheckpointCompleter.Result),
        ];
        return found.Count > 0 ? found
            : new CheckpointCompleter().CompleteArgument(commandName, parameterName, wordToComplete ?? "", commandAst, fakeBoundParameters);

        bool IsMeant((string Name, string What) item) => item.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase);

        static bool IsAutoencoder((string Name, string What) item) =>
            Hub.Find(item.Name, Hub.ModelEnding) is string file && CodecModel.IsIn(CheckpointCompleter.List(file).SingleOrDefault());
    }
}
