using System.Collections;

namespace System.Management.Automation;

/// <summary>Neither the argument nor an element of it may be null.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ValidateNotNullAttribute : NullValidationAttributeBase
{
    protected override void Validate(object? arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is null)
        {
            throw new ValidationMetadataException("The argument is null. " +
                "Provide a valid value for the argument, and then try running the command again.");
        }

        if (LanguagePrimitives.GetEnumerable(arguments) is IEnumerable elements && elements.Cast<object?>().Contains(null))
        {
            throw new ValidationMetadataException("The argument, or an element of the argument collection, is null. " +
                "Provide an argument without null values, and then try the command again.");
        }
    }
}
