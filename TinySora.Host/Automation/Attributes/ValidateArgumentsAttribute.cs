using System.Management.Automation.Internal;

namespace System.Management.Automation;

/// <summary>Base of the attributes that refuse arguments, by throwing <see cref="ValidationMetadataException"/>.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public abstract class ValidateArgumentsAttribute : CmdletMetadataAttribute
{
    protected abstract void Validate(object? arguments, EngineIntrinsics engineIntrinsics);

    internal void Check(object? arguments, EngineIntrinsics engine) => Validate(arguments, engine);
}
