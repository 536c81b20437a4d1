using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes the words by which earlier runs below this folder are found.</summary>
public sealed class TagCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        return
        [
            .. RunCompleter.Below("").SelectMany(run => TrainingRun.List(run.Absolute).SelectMany(known => known.Tags)).Distinct(StringComparer.Ordinal)
                .Where(tag => tag.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Select(tag => new CompletionResult(TypedText.Of(tag), tag, CompletionResultType.ParameterValue, tag)),
        ];
    }
}
