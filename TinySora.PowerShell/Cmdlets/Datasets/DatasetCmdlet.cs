using System.Management.Automation;
using TinySora.PowerShell.Cmdlets.Binding;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Base class of cmdlets that read dataset folders.</summary>
public abstract class DatasetCmdlet : EngineCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("DataPath", "FullName", "PSPath")]
    [PathOf("DataPath", "Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = DefaultPaths.Data;
}
