using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Configuration;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes the keys of the configuration that -Path or -Preset names, each with its value and meaning as a tip.</summary>
public sealed class KeyCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        // In the caller's session, because only that knows the current folder.
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand("TinySora\\Get-TinySoraConfig").AddParameter("ErrorAction", ActionPreference.Ignore);
        foreach (var name in new[] { "Path", "Preset" }.Where(fakeBoundParameters.Contains))
        {
            shell.AddParameter(name, fakeBoundParameters[name]);
        }

        return
        [
            .. shell.Invoke().Select(item => item.BaseObject).OfType<ConfigEntry>()
                .Where(entry => entry.Key.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Select(entry => new CompletionResult(
                    entry.Key, entry.Key, CompletionResultType.ParameterValue,
                    $"{entry.Description} (here {LanguagePrimitives.ConvertTo<string>(entry.Value)})")),
        ];
    }
}
