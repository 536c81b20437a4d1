using System.Collections;
using System.Globalization;
using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>
/// One pipeline object: a line of text, a row from Import-Csv with a Prompt column, a recipe, or a hashtable. PowerShell binds the object's
/// properties to parameters; this class checks the values that PowerShell ignores.
/// </summary>
/// <param name="input">The piped object, or an object with the keys of a hashtable; <c>null</c> without pipeline input.</param>
/// <param name="number">Number of the object in the pipeline, starting at 1.</param>
internal sealed class PipedObject(PSObject? input, int number)
{
    /// <summary>The piped object; <c>null</c> without pipeline input.</summary>
    public PSObject? Input => input;

    /// <summary>The source of the checkpoint for the videos.</summary>
    public CheckpointSource CheckpointSource { get; set; }

    /// <summary>
    /// Whether the row chooses the checkpoint, its weights or its adapters. A model that cannot be opened is then an error only for this row; otherwise, it
    /// ends the command.
    /// </summary>
    public bool ChoosesModel { get; set; }

    /// <summary>
    /// Whether the input is a text, several texts, or absent, and so does not have properties to bind. Arrays become lists in jobs and CLIXML files.
    /// </summary>
    public bool IsText => input?.BaseObject is null or string or IList;

    /// <summary>Whether the row is a blank line of text.</summary>
    public bool IsBlank => input?.BaseObject is string line && string.IsNullOrWhiteSpace(line);

    /// <summary>Whether the row has a prompt column, possibly empty.</summary>
    public bool HasPrompt => OwnPrompt is not null;

    /// <summary>Conditions under which a recipe's video was generated; all <c>null</c> for other objects.</summary>
    public SamplingConditions Conditions => new(
        Number(nameof(Recipe.Threads)), Recorded(nameof(Recipe.Processor)), Recorded(nameof(Recipe.LibTorchVersion)),
        Recorded(nameof(Recipe.DeviceType)), Recorded(nameof(Recipe.Precision)));

    /// <summary>Size of the batch in which a recipe's video was generated, and the index of the video in this batch.</summary>
    public (int Length, int Index)? Batch =>
        Number(nameof(Recipe.BatchLength)) is int length ? (length, Number(nameof(Recipe.BatchIndex)) ?? 0) : null;

    private PSPropertyInfo? OwnPrompt => input?.Properties["Prompt"] ?? input?.Properties["Text"] ?? input?.Properties["Caption"];

    /// <summary>Creates the row of a piped object.</summary>
    /// <inheritdoc cref="PipedObject(PSObject?, int)"/>
    public static PipedObject Of(PSObject? input, int number) => new(input?.BaseObject is IDictionary table ? TableBinding.Properties(table) : input, number);

    /// <summary>Returns a cell for which there is no parameter; <c>null</c> if the cell is missing or empty.</summary>
    public string? Recorded(string property) => input?.Properties[property]?.Value?.ToString() is { Length: > 0 } text ? text : null;

    /// <inheritdoc cref="Recorded"/>
    public int? Number(string property) =>
        int.TryParse(Recorded(property), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>
    /// Returns the prompts of the row. PowerShell converts any object to text for a string parameter, but only strings and properties are
    /// prompts.
    /// </summary>
    /// <inheritdoc cref="Texts"/>
    public IReadOnlyList<string?> Prompts() => Texts(IsText ? input?.BaseObject : OwnPrompt?.Value);

    /// <summary>Returns a value's text, or its texts if it is a list.</summary>
    /// <returns>At least one item, which is <c>null</c> for a missing text.</returns>
    public static IReadOnlyList<string?> Texts(object? given) =>
        CellAttribute.Plain(given) is IList { Count: > 0 } several
            ? [.. several.Cast<object?>().Select(text => text?.ToString())]
            : [given?.ToString()];

    /// <summary>Adds the row's number and target to an error of a table row; returns other errors unchanged.</summary>
    public Exception Named(Exception failure) => IsText || failure is not TinySoraException error || error.Target == input
        ? failure
        : InputErrors.OfRow(input!, number, error);

    /// <summary>Performs work for the row and adds the row's number to errors as in <see cref="Named"/>.</summary>
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

    /// <summary>Creates the error for a row without a prompt.</summary>
    public TinySoraException NoPrompt() => InputErrors.NoPrompt(input!, number);

    /// <summary>
    /// Rejects a cell that PowerShell could not convert. PowerShell itself silently ignores such cells, so a mistyped seed would go unnoticed.
    /// </summary>
    /// <param name="bound">The parameter's value; <c>null</c> if the parameter is not bound.</param>
    /// <param name="expected">Expected value of the cell, for the message.</param>
    /// <param name="names">Names of the columns that bind to the parameter.</param>
    /// <exception cref="TinySoraException">BadValue.</exception>
    public void ThrowIfUnbound(object? bound, string expected, params ReadOnlySpan<string> names)
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

/// <summary>Source of a checkpoint's name.</summary>
internal enum CheckpointSource
{
    /// <summary>No source, so the newest model is used.</summary>
    Default,

    /// <summary>The file in -Config.</summary>
    Config,

    /// <summary>A row of the table.</summary>
    Row,

    /// <summary>The command line, which overrides a recipe's checkpoint.</summary>
    CommandLine,
}
