using System.Collections.Specialized;
using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>Takes settings from a cell of a table, where they stand as "trainer.train_lr=1e-4; diffusion.objective=v"; an empty cell has none.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingCellAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is not string text)
        {
            return inputData;
        }

        var settings = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length < 2 || pair[0].Length == 0)
            {
                return inputData; // which PowerShell makes no table of
            }

            settings[pair[0]] = pair[1];
        }

        return settings;
    }
}
