using System.Management.Automation;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Base class of cmdlets that accept existing files or folders by pattern, by exact name, or from the pipeline.</summary>
public abstract class PathCmdlet : TinySoraCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PathCompleter))]
    [PathOf("Path", "FullName", "Checkpoint", "DataPath")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public virtual string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    protected override void ProcessRecord()
    {
        foreach (var path in Named(Path, LiteralPath, Find))
        {
            if (Stopping)
            {
                throw new PipelineStoppedException();
            }

            ProcessPath(path);
        }
    }

    /// <summary>Returns the paths that an argument matches.</summary>
    protected virtual IReadOnlyList<string> Find(string path) => Expand(path);

    /// <param name="path">Absolute path, which may not exist.</param>
    protected abstract void ProcessPath(string path);
}
