using System.Management.Automation.Internal;

namespace System.Management.Automation;

/// <summary>The types a cmdlet writes.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class OutputTypeAttribute : CmdletMetadataAttribute
{
    public OutputTypeAttribute(params Type[] type) => Type = [.. type.Select(t => new PSTypeName(t))];

    public PSTypeName[] Type { get; }
}
