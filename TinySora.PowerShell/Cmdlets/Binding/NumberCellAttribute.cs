namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>Takes numbers as tables have them: an empty cell is no value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberCellAttribute : NumberAttribute
{
    protected override object? Empty(string text) => null;
}
