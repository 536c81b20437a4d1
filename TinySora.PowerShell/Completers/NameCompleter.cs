using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes a parameter from a list of names, which are quoted where they have to be.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    protected abstract IEnumerable<string> Names { get; }

    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        IReadOnlyList<CompletionResult> found =
        [
            .. Names.Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Select(name => new CompletionResult(TypedText.Of(name), name, CompletionResultType.ParameterValue, TipOf(name))),
        ];
        return found.Count == 0 && TakesPaths(parameterName) ? PathText.LeftToPowerShell : found;
    }

    /// <summary>The description that is shown beside a name.</summary>
    protected virtual string TipOf(string name) => name;

    /// <summary>Whether a file's path may stand in place of a name.</summary>
    protected virtual bool TakesPaths(string parameter) => false;
}
