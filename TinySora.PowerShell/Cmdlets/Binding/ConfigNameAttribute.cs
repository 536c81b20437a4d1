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
            : (piped.Properties[nameof(TrialCmdlet.Config)] ?? piped.Properties["Preset"])?.Value
            ?? (piped.BaseObject is not PSCustomObject && piped.Properties[nameof(TrialCmdlet.DataPath)] is null ? inputData : ConfigSource.DefaultPreset);
}
