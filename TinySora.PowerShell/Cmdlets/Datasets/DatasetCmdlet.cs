using System.Management.Automation;
using TinySora.PowerShell.Cmdlets.Binding;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Reads folders of clips.</summary>
public abstract class DatasetCmdlet : EngineCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("DataPath", "FullName", "PSPath")]
    [PathOf("DataPath", "Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = DefaultPaths.Data;
}
