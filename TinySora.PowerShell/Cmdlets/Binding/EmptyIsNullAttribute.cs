using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Makes an empty cell of a CSV file no value; PowerShell would make it zero.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EmptyIsNullAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is "" ? null : inputData;
}
