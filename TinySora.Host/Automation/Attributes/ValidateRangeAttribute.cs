namespace System.Management.Automation;

/// <summary>The argument must lie between two values, both included.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ValidateRangeAttribute(object minRange, object maxRange) : ValidateEnumeratedArgumentsAttribute
{
    public object MinRange { get; } = minRange;

    public object MaxRange { get; } = maxRange;

    protected override void ValidateElement(object? element)
    {
        if (LanguagePrimitives.Compare(element, MinRange) < 0)
        {
            throw new ValidationMetadataException(
                $"The {LanguagePrimitives.TextOf(element)} argument is less than the minimum allowed range of " +
                $"{LanguagePrimitives.TextOf(MinRange)}. Supply an argument that is greater than or equal to " +
                $"{LanguagePrimitives.TextOf(MinRange)} and then try the command again.");
        }

        // NaN sorts below every number, so it never passes the first test.
        if (LanguagePrimitives.Compare(element, MaxRange) > 0)
        {
            throw new ValidationMetadataException(
                $"The {LanguagePrimitives.TextOf(element)} argument is greater than the maximum allowed range of " +
                $"{LanguagePrimitives.TextOf(MaxRange)}. Supply an argument that is less than or equal to " +
                $"{LanguagePrimitives.TextOf(MaxRange)} and then try the command again.");
        }
    }
}
