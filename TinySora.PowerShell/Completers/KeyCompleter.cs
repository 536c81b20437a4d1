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
        var parameter = new[] { "Path", "Preset" }.FirstOrDefault(fakeBoundParameters.Contains);
        return
        [
            .. Entries(parameter, parameter is null ? null : fakeBoundParameters[parameter])
                .Where(entry => entry.Key.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Select(entry => new CompletionResult(entry.Key, entry.Key, CompletionResultType.ParameterValue, Tip(entry))),
        ];
    }

    /// <summary>The keys of a configuration with their values; none where it cannot be read.</summary>
    /// <param name="parameter">Of Get-TinySoraConfig, which names it; null: the default configuration.</param>
    internal static IReadOnlyList<ConfigEntry> Entries(string? parameter, object? value)
    {
        // In the caller's session, because only that knows the current folder.
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand("TinySora\\Get-TinySoraConfig").AddParameter("ErrorAction", ActionPreference.Ignore);
        if (parameter is not null)
        {
            shell.AddParameter(parameter, value);
        }

        return [.. shell.Invoke().Select(item => item.BaseObject).OfType<ConfigEntry>()];
    }

    /// <summary>What a key means, and its value.</summary>
    internal static string Tip(ConfigEntry entry) => $"{entry.Description} (here {LanguagePrimitives.ConvertTo<string>(entry.Value)})";
}
