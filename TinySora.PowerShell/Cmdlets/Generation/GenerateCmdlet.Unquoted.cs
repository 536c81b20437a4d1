using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <content>Detection of prompts without quotes.</content>
public abstract partial class GenerateCmdlet
{
    // Catches the words of an unquoted prompt, which are rejected with advice.
    [Parameter(ValueFromRemainingArguments = true, DontShow = true)]
    public string[]? Remaining { get; set; }

    private static bool IsWord(string text) => text.Length > 0 && text.All(char.IsLetter);

    /// <summary>Rejects an unquoted prompt. PowerShell binds its second word to the checkpoint and its third word to the output path.</summary>
    /// <exception cref="TinySoraException">UnquotedPrompt if the checkpoint does not exist or words remain; ExtraArgument; UnknownParameter.</exception>
    private void RefuseUnquoted()
    {
        if (Remaining?.FirstOrDefault(word => word is ['-', var first, ..] && char.IsLetter(first)) is string name)
        {
            var parameters = MyInvocation.MyCommand.Parameters.Values.Where(parameter => parameter.Name != nameof(Remaining));
            throw InputErrors.UnknownParameter(name, parameters.SelectMany(parameter => parameter.Aliases.Prepend(parameter.Name)));
        }

        if (Remaining is not null)
        {
            throw Typed([Checkpoint, OutputPath], [Checkpoint], [OutputPath], []) is { } typed
                ? InputErrors.UnquotedPrompt(typed, Remaining[0], isCheckpoint: false) : InputErrors.ExtraArgument(Remaining[0]);
        }

        if (CheckpointIsSetup && Checkpoint is string second && IsWord(second) && Typed([Checkpoint, OutputPath], [Checkpoint]) is { } words
            && !IsCheckpoint(second))
        {
            throw InputErrors.UnquotedPrompt(words, second, isCheckpoint: true);
        }
    }

    /// <summary>
    /// Returns the words of an unquoted prompt in the order in which they were typed; <c>null</c> if the command line does not contain them in this order.
    /// </summary>
    /// <param name="between">Candidates for the words between the first word and the remaining ones.</param>
    private string[]? Typed(params ReadOnlySpan<string?[]> between)
    {
        foreach (var middle in between)
        {
            string?[] words = [.. Prompt ?? [], .. middle, .. Remaining ?? []];
            if (Prompt is not null && words.All(word => word is not null) && MyInvocation.Line.Contains(string.Join(' ', words), StringComparison.Ordinal))
            {
                return words!;
            }
        }

        return null;
    }

    private bool IsCheckpoint(string name)
    {
        try
        {
            CheckpointStore.List(CheckpointAt(name, RunNeed.Video));
            return true;
        }
        catch (TinySoraException e) when (e.Kind == ErrorKind.ObjectNotFound)
        {
            return false;
        }
    }
}
