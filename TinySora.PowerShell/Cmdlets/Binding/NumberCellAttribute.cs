namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>Accepts numbers from tables: an empty cell counts as no value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberCellAttribute : NumberAttribute
{
    protected override object? Empty(string text) => null;
}
