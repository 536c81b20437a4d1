namespace System.Management.Automation;

/// <summary>The argument must be one of these texts.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ValidateSetAttribute(params string[] validValues) : ValidateEnumeratedArgumentsAttribute
{
    public IList<string> ValidValues { get; } = validValues;

    protected override void ValidateElement(object? element)
    {
        var text = LanguagePrimitives.TextOf(element);
        if (!ValidValues.Any(v => v.Equals(text, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ValidationMetadataException(
                $"The argument \"{text}\" does not belong to the set \"{string.Join(",", ValidValues)}\" specified by " +
                "the ValidateSet attribute. Supply an argument that is in the set and then try the command again.");
        }
    }
}
