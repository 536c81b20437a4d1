using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Configuration;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes a parameter from a list of names.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    protected abstract IEnumerable<string> Names { get; }

    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        return [.. Names.Where(n => n.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Select(n => new CompletionResult(n))];
    }
}

/// <summary>The presets inside the module.</summary>
public sealed class PresetCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => Presets.Names;
}
