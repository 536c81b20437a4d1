using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>Takes whole numbers of a range, as ValidateRange does, and an empty cell of a table, which ValidateRange refuses.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CellRangeAttribute(int minimum, int maximum) : ValidateArgumentsAttribute
{
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is int number && (number < minimum || number > maximum))
        {
            throw new ValidationMetadataException($"{number} is not from {minimum} to {maximum}.");
        }
    }
}
