using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Takes existing files or folders: by pattern, by exact name, or from the pipeline.</summary>
public abstract class PathCmdlet : TinySoraCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [PathOf("Path", "FullName", "Checkpoint")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    protected override void ProcessRecord()
    {
        foreach (var path in ParameterSetName == "LiteralPath" ? LiteralPath : Path)
        {
            var found = Try(() => ParameterSetName == "LiteralPath" ? [Absolute(path)] : Expand(path));
            foreach (var file in found ?? [])
            {
                ProcessPath(file);
            }
        }
    }

    /// <param name="path">Absolute; it may not exist.</param>
    protected abstract void ProcessPath(string path);
}
