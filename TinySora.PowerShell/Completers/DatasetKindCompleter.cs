using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Data.Kinds;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes the kinds of datasets, each with what it is as a tip.</summary>
public sealed class DatasetKindCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        return
        [
            .. DatasetKinds.All.Where(k => k.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Select(k => new CompletionResult(k.Name, k.Name, CompletionResultType.ParameterValue, k.Description)),
        ];
    }
}
