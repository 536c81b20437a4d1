using System.Collections;
using System.Globalization;
using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>
/// One object of the pipeline: a line of text, a row of Import-Csv with a column Prompt, a recipe, or a hashtable. PowerShell binds its
/// properties to the parameters of their names; here is what PowerShell does not say of them.
/// </summary>
/// <param name="input">What was piped in, of a hashtable an object with its keys as properties; null: nothing, the command line is all.</param>
/// <param name="number">Which object of the pipeline it is, counted from 1.</param>
internal sealed class PipedObject(PSObject? input, int number)
{
    /// <summary>The object that was piped in; null: none.</summary>
    public PSObject? Input => input;

    /// <summary>What names the checkpoint of its videos.</summary>
    public CheckpointSource CheckpointSource { get; set; }

    /// <summary>There are no properties: it is a text, several, or nothing.</summary>
    public bool IsText => input?.BaseObject is null or string or Array;

    /// <summary>Whether the row is a line of text without a word.</summary>
    public bool IsBlank => input?.BaseObject is string line && string.IsNullOrWhiteSpace(line);

    /// <summary>Whether the row has a column for prompts, empty or not.</summary>
    public bool HasPrompt => OwnPrompt is not null;

    /// <summary>The conditions that a recipe's video was made under; all null for other objects.</summary>
    public SamplingConditions Conditions => new(
        Number(nameof(Recipe.Threads)), Recorded(nameof(Recipe.Processor)), Recorded(nameof(Recipe.LibTorchVersion)),
        Recorded(nameof(Recipe.DeviceType)), Recorded(nameof(Recipe.Precision)));

    /// <summary>The length of the batch that a recipe's video was made in, and its place there.</summary>
    public (int Length, int Index)? Batch =>
        Number(nameof(Recipe.BatchLength)) is int length ? (length, Number(nameof(Recipe.BatchIndex)) ?? 0) : null;

    private PSPropertyInfo? OwnPrompt => input?.Properties["Prompt"] ?? input?.Properties["Text"] ?? input?.Properties["Caption"];

    /// <summary>The row of an object that is piped in.</summary>
    /// <inheritdoc cref="PipedObject(PSObject?, int)"/>
    public static PipedObject Of(PSObject? input, int number) => new(input?.BaseObject is IDictionary table ? TableBinding.Properties(table) : input, number);

    /// <summary>A cell, as a recipe has some that nobody types; null: it is not there, or is empty.</summary>
    public string? Recorded(string property) => input?.Properties[property]?.Value?.ToString() is { Length: > 0 } text ? text : null;

    /// <inheritdoc cref="Recorded"/>
    public int? Number(string property) =>
        int.TryParse(Recorded(property), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>
    /// The prompts of the row. PowerShell makes text of any object that a string parameter is given, but only strings and properties are
    /// prompts.
    /// </summary>
    /// <inheritdoc cref="Texts"/>
    public IReadOnlyList<string?> Prompts() => Texts(IsText ? input?.BaseObject : OwnPrompt?.Value);

    /// <summary>The texts of a value that is one text or several.</summary>
    /// <returns>One or more; null among them: none was given.</returns>
    public static IReadOnlyList<string?> Texts(object? given) =>
        (given is PSObject wrapped ? wrapped.BaseObject : given) is Array { Length: > 0 } several
            ? [.. several.Cast<object?>().Select(text => text?.ToString())]
            : [given?.ToString()];

    /// <summary>An error of a row of a table, with its number in front and the row as its target; any other as it is.</summary>
    public Exception Named(Exception failure) => IsText || failure is not TinySoraException error || error.Target == input
        ? failure
        : InputErrors.OfRow(input!, number, error);

    /// <summary>The result of work on the row, whose errors are <see cref="Named"/>.</summary>
    public T Do<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (TinySoraException e) when (Named(e) is var named && named != e)
        {
            throw named;
        }
    }

    /// <inheritdoc cref="Do{T}"/>
    public void Do(Action work) => Do(() =>
    {
        work();
        return true;
    });

    /// <summary>The error of a row without a prompt.</summary>
    public TinySoraException NoPrompt() => InputErrors.NoPrompt(input!, number);

    /// <summary>PowerShell passes over a cell that cannot be converted without a word, and a mistyped seed would go unseen.</summary>
    /// <param name="bound">The parameter; null: nothing was bound.</param>
    /// <param name="expected">What the cell must hold, for the message.</param>
    /// <param name="names">Of its columns.</param>
    /// <exception cref="TinySoraException">BadValue.</exception>
    public void RefuseUnbound(object? bound, string expected, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (bound is null && !IsText && input?.Properties[name]?.Value?.ToString() is string value && !string.IsNullOrWhiteSpace(value))
            {
                throw InputErrors.BadValue(input, number, name, value, expected);
            }
        }
    }
}

/// <summary>What names the checkpoint of a video. A checkpoint that only one row names is that row's problem; any other is the whole call's.</summary>
internal enum CheckpointSource
{
    /// <summary>Nothing: the newest model is taken.</summary>
    Default,

    /// <summary>The file of -Config.</summary>
    Config,

    /// <summary>A row of the table.</summary>
    Row,

    /// <summary>The command line, even if a recipe names another one.</summary>
    CommandLine,
}
