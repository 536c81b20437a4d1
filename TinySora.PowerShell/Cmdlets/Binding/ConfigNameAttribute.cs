using System.Collections;
using System.Management.Automation;
using TinySora.PowerShell.Cmdlets.Training;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Takes text that is piped in for a configuration, and an object by its property; of a dataset or the row of a table PowerShell would make text, and take
/// that for one.
/// </summary>
public sealed class ConfigNameAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        inputData is not PSObject { BaseObject: not string } piped ? inputData
            : NameIn(piped) ?? (IsOther(piped) ? ConfigSource.DefaultPreset : inputData);

    /// <summary>Whether an object that is piped in, a dataset or the row of a table, names no configuration.</summary>
    internal static bool NamesNone(PSObject piped) => piped.BaseObject is not string && NameIn(piped) is null && IsOther(piped);

    private static object? NameIn(PSObject piped)
    {
        var row = piped.BaseObject is IDictionary table ? TableBinding.Properties(table) : piped;
        return (row.Properties[nameof(TrialCmdlet.Config)] ?? row.Properties["Preset"])?.Value;
    }

    private static bool IsOther(PSObject piped) =>
        piped.BaseObject is PSCustomObject or IDictionary || piped.Properties[nameof(TrialCmdlet.DataPath)] is not null;
}
