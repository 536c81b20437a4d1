using System.Collections;

namespace System.Management.Automation;

/// <summary>Neither the argument nor an element of it may be null, an empty text or an empty collection.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ValidateNotNullOrEmptyAttribute : NullValidationAttributeBase
{
    protected override void Validate(object? arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is null or "")
        {
            throw new ValidationMetadataException("The argument is null or empty. " +
                "Provide an argument that is not null or empty, and then try the command again.");
        }

        if (LanguagePrimitives.GetEnumerable(arguments) is not IEnumerable elements)
        {
            return;
        }

        var any = false;
        foreach (var element in elements)
        {
            any = true;
            if (element is null or "")
            {
                throw new ValidationMetadataException("The argument is null, empty, or an element of the argument " +
                    "collection contains a null value. Supply a collection that does not contain any null values and " +
                    "then try the command again.");
            }
        }

        if (!any)
        {
            throw new ValidationMetadataException("The argument is an empty collection. " +
                "Supply a collection that has at least one element, and then try the command again.");
        }
    }
}
