using System.Collections;

namespace System.Management.Automation;

/// <summary>Validates an argument, or each element of one that is a collection.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public abstract class ValidateEnumeratedArgumentsAttribute : ValidateArgumentsAttribute
{
    protected abstract void ValidateElement(object? element);

    protected override void Validate(object? arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is null or "")
        {
            throw new ValidationMetadataException("The argument is null or empty. " +
                "Provide an argument that is not null or empty, and then try the command again.");
        }

        if (LanguagePrimitives.GetEnumerable(arguments) is IEnumerable elements)
        {
            foreach (var element in elements)
            {
                ValidateElement(PSObject.Base(element));
            }
        }
        else
        {
            ValidateElement(PSObject.Base(arguments));
        }
    }
}
