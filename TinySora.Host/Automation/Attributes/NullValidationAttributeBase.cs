namespace System.Management.Automation;

/// <summary>Base of the attributes that refuse null.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public abstract class NullValidationAttributeBase : ValidateArgumentsAttribute
{
    internal NullValidationAttributeBase()
    {
    }
}
