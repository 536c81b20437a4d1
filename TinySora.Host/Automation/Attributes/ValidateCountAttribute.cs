namespace System.Management.Automation;

/// <summary>Bounds of the number of elements, both included.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ValidateCountAttribute(int minLength, int maxLength) : ValidateArgumentsAttribute
{
    public int MinLength { get; } = minLength;

    public int MaxLength { get; } = maxLength;

    protected override void Validate(object? arguments, EngineIntrinsics engineIntrinsics)
    {
        int count = arguments is null ? 0
            : LanguagePrimitives.GetEnumerable(arguments)?.Cast<object?>().Count() ?? 1;
        if (count < MinLength || count > MaxLength)
        {
            throw new ValidationMetadataException(
                $"The number of provided arguments, ({count}), is not between the minimum ({MinLength}) and the maximum " +
                $"({MaxLength}) number of allowed arguments. Change the number of arguments and then try the command again.");
        }
    }
}
