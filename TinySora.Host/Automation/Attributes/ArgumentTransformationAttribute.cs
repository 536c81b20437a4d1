using System.Management.Automation.Internal;

namespace System.Management.Automation;

/// <summary>Changes an argument before it is converted to the parameter's type.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public abstract class ArgumentTransformationAttribute : CmdletMetadataAttribute
{
    /// <summary>Returns the value to bind; throws <see cref="ArgumentTransformationMetadataException"/>.</summary>
    public abstract object? Transform(EngineIntrinsics engineIntrinsics, object? inputData);
}
