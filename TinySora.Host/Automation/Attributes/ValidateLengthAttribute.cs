namespace System.Management.Automation;

/// <summary>Bounds of the length of a text, both included.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ValidateLengthAttribute(int minLength, int maxLength) : ValidateEnumeratedArgumentsAttribute
{
    public int MinLength { get; } = minLength;

    public int MaxLength { get; } = maxLength;

    protected override void ValidateElement(object? element)
    {
        int length = LanguagePrimitives.TextOf(element).Length;
        if (length < MinLength)
        {
            throw new ValidationMetadataException($"The character length ({length}) of the argument is too short. " +
                $"Specify an argument with a length that is greater than or equal to \"{MinLength}\", " +
                "and then try the command again.");
        }

        if (length > MaxLength)
        {
            throw new ValidationMetadataException($"The character length of the {length} argument is too long. " +
                $"Shorten the character length of the argument so it is fewer than or equal to \"{MaxLength}\" characters, " +
                "and then try the command again.");
        }
    }
}
