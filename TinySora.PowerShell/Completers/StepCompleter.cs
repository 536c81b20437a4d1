using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes the steps that a run can go on from, the last first.</summary>
public sealed class StepCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        ArgumentNullException.ThrowIfNull(fakeBoundParameters);
        var checkpoints = CheckpointCompleter.List(fakeBoundParameters["ResultsPath"] as string ?? DefaultPaths.Results);
        return
        [
            .. from checkpoint in checkpoints.Reverse()
               let step = checkpoint.Step.ToString(CultureInfo.InvariantCulture)
               where checkpoint.IsReadable && step.StartsWith(wordToComplete ?? "", StringComparison.Ordinal)
               select new CompletionResult(step, step, CompletionResultType.ParameterValue, $"loss {checkpoint.Loss:0.0000}, {checkpoint.SavedAt:g}"),
        ];
    }
}
