using System.Globalization;
using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>Takes a list of numbers from a cell of a table, where it stands as "0.5, -1.25"; an empty cell is no value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberListAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is not string text)
        {
            return inputData;
        }

        var numbers = new List<float>();
        foreach (var part in text.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                return inputData;
            }

            numbers.Add(number);
        }

        return numbers.Count == 0 ? null : numbers.ToArray();
    }
}
