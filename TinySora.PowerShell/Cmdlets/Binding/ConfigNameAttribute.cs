using System.Collections;
using System.Management.Automation;
using TinySora.PowerShell.Cmdlets.Training;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Binds piped text as the configuration, and binds the Config or Preset property of a piped object. If a dataset or a table row has neither property, binds
/// the default preset. Without this attribute, PowerShell would convert the object to text, and use the text as the configuration.
/// </summary>
public sealed class ConfigNameAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        inputData is not PSObject { BaseObject: not string } piped ? inputData
            : NameIn(piped) ?? (IsOther(piped) ? ConfigSource.DefaultPreset : inputData);

    /// <summary>Returns whether a piped object is a dataset or table row that does not specify a configuration.</summary>
    internal static bool NamesNone(PSObject piped) => piped.BaseObject is not string && NameIn(piped) is null && IsOther(piped);

    private static object? NameIn(PSObject piped)
    {
        var row = piped.BaseObject is IDictionary table ? TableBinding.Properties(table) : piped;
        return (row.Properties[nameof(TrialCmdlet.Config)] ?? row.Properties["Preset"])?.Value;
    }

    private static bool IsOther(PSObject piped) =>
        piped.BaseObject is PSCustomObject or IDictionary || piped.Properties[nameof(TrialCmdlet.DataPath)] is not null;
}
