using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace TinySora.PowerShell.Completers;

/// <summary>Context of a completion.</summary>
/// <param name="Typed">Word before the cursor, including its quotes.</param>
/// <param name="Given">Other parameters on the command line.</param>
internal sealed record Completion(string Command, string Parameter, string Typed, IDictionary Given)
{
    /// <summary>Word before the cursor, without quotes.</summary>
    public string Word { get; } = Typed.Trim('\'', '"');

    /// <summary>Returns whether a name begins with the word.</summary>
    public bool IsMeant(string name) => name.StartsWith(Word, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Completes the value of a parameter.</summary>
public abstract class Completer : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var offers = Offers(new(commandName, parameterName, wordToComplete ?? "", fakeBoundParameters)).ToList();
        // PowerShell completes files and folders only for null; an empty list ends the completion.
        return offers.Count == 0 && TakesPaths(parameterName) ? null! : offers;
    }

    internal abstract IEnumerable<CompletionResult> Offers(Completion request);

    /// <summary>Returns whether PowerShell completes files and folders if there are no other completions.</summary>
    private protected virtual bool TakesPaths(string parameter) => false;

    /// <param name="text">Text to insert.</param>
    /// <param name="name">Text in the list.</param>
    /// <param name="tip">Description of the selected item.</param>
    private protected static CompletionResult Offer(string text, string name, string tip) => new(text, name, CompletionResultType.ParameterValue, tip);

    /// <summary>Returns the output of a command in the caller's session, whose current location applies.</summary>
    private protected static IEnumerable<T> Ask<T>(string command, string? parameter, object? value)
    {
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(command).AddParameter("ErrorAction", ActionPreference.Ignore).AddParameter("WarningAction", ActionPreference.Ignore);
        return [.. (parameter is null ? shell : shell.AddParameter(parameter, value)).Invoke().Select(item => item.BaseObject).OfType<T>()];
    }
}
