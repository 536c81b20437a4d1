using System.Management.Automation;
using TinySora.PowerShell.Cmdlets.Training;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Takes text that is piped in for a configuration, and an object by its property; of a dataset or the row of a table PowerShell would make text, and take
/// that for one.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigNameAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        inputData is not PSObject { BaseObject: not string } piped ? inputData
            : NameIn(piped) ?? (IsOther(piped) ? ConfigSource.DefaultPreset : inputData);

    /// <summary>Whether an object that is piped in, a dataset or the row of a table, names no configuration.</summary>
    internal static bool NamesNone(PSObject piped) => piped.BaseObject is not string && NameIn(piped) is null && IsOther(piped);

    private static object? NameIn(PSObject piped) => (piped.Properties[nameof(TrialCmdlet.Config)] ?? piped.Properties["Preset"])?.Value;

    private static bool IsOther(PSObject piped) => piped.BaseObject is PSCustomObject || piped.Properties[nameof(TrialCmdlet.DataPath)] is not null;
}
