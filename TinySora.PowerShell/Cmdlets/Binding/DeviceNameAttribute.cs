using System.Globalization;
using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>Makes the number of a GPU its name: 1 is cuda:1; and of nothing, as of a variable that nobody has set, auto.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DeviceNameAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var text = Convert.ToString(inputData is PSObject wrapped ? wrapped.BaseObject : inputData, CultureInfo.InvariantCulture);
        return string.IsNullOrWhiteSpace(text) ? "auto"
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? $"cuda:{index}"
            : inputData;
    }
}
