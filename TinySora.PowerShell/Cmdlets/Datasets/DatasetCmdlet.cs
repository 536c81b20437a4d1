using System.Management.Automation;
using TinySora.PowerShell.Cmdlets.Binding;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Base class of cmdlets that read dataset folders by pattern, by exact name, or from the pipeline.</summary>
public abstract class DatasetCmdlet : EngineCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("DataPath")]
    [PathOf("DataPath", "Path", "FullName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [DefaultPaths.Data];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    protected override void ProcessRecord()
    {
        foreach (var folder in Named(Path, LiteralPath, path => Expand(path, Directory.Exists)))
        {
            ProcessFolder(folder);
        }
    }

    /// <param name="folder">Absolute path, which may not exist.</param>
    protected abstract void ProcessFolder(string folder);
}
