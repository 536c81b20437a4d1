using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes the settings that the model of -Checkpoint takes, each as the beginning of a table of values, with what it is as a tip;
/// without a checkpoint those of all families.
/// </summary>
public sealed class GenerationSettingCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = wordToComplete ?? "";
        return
        [
            .. Taken(fakeBoundParameters["Checkpoint"]?.ToString())
                .Select(setting => (Text: $"@{{'{setting.Name}'=", setting.Name, setting.Description))
                .Where(item => item.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Select(item => new CompletionResult(item.Text, item.Name, CompletionResultType.ParameterValue, item.Description)),
        ];
    }

    private static IEnumerable<Setting> Taken(string? checkpoint)
    {
        var config = checkpoint is null ? null : CheckpointCompleter.List(checkpoint).LastOrDefault(info => info.IsReadable)?.ConfigYaml;
        SettingSchema? SettingsOf(RunConfig config) => ModelFamilies.Of(config).Settings(config);
        return config is null
            ? ModelFamilies.All.SelectMany(family => SettingsOf(new RunConfig { Family = family.NewConfig() })?.Settings ?? [])
                .DistinctBy(setting => setting.Name)
            : SettingsOf(ConfigFile.ParseStored(config, checkpoint!))?.Settings ?? [];
    }
}
