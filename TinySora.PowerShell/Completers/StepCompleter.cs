using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes the steps that a run can go on from, the last first.</summary>
public sealed class StepCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        ArgumentNullException.ThrowIfNull(fakeBoundParameters);
        var folder = fakeBoundParameters["ResultsPath"] as string
            ?? Configured(fakeBoundParameters["Config"] as string) ?? RunCompleter.Newest(RunNeed.Checkpoint);
        return folder is null ? [] :
        [
            .. from checkpoint in CheckpointCompleter.List(folder).Reverse()
               let step = checkpoint.Step.ToString(CultureInfo.InvariantCulture)
               where checkpoint.IsReadable && step.StartsWith(wordToComplete ?? "", StringComparison.Ordinal)
               select new CompletionResult(step, step, CompletionResultType.ParameterValue, $"loss {checkpoint.Loss:0.0000}, {checkpoint.SavedAt:g}"),
        ];
    }

    /// <summary>Results folder of a preset; `null` for another configuration.</summary>
    private static string? Configured(string? config) =>
        config is not null && ConfigSource.IsPreset(config) ? ConfigSource.Preset(config).Parse().Trainer.ResultsFolder : null;
}
