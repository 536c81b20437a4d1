using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>Lets a parameter for a path take the object that has one: what another cmdlet returned, or a file.</summary>
/// <param name="properties">Where the path is looked for, in this order.</param>
[AttributeUsage(AttributeTargets.Property)]
public class PathOfAttribute(params string[] properties) : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var plain = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return plain switch
        {
            object[] several => several.Select(item => Transform(engineIntrinsics, item)).ToArray(),
            null or string or ValueType or Array => FromPlain(engineIntrinsics, plain) ?? inputData,
            _ => properties.Select(p => PSObject.AsPSObject(inputData).Properties[p]?.Value).OfType<string>().FirstOrDefault() ?? inputData,
        };
    }

    /// <returns>The path that a text or number stands for; null: itself.</returns>
    /// <param name="engine">Null for what is in a hashtable.</param>
    protected virtual object? FromPlain(EngineIntrinsics? engine, object? value) => null;
}
