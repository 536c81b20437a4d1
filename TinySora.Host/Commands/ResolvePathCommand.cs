namespace TinySora.Commands;

[Cmdlet(VerbsDiagnostic.Resolve, "Path", DefaultParameterSetName = "Path")]
public sealed class ResolvePathCommand : PathCommand
{
    [Parameter]
    public SwitchParameter Relative { get; set; }

    protected override void Process(string path, bool isLiteral)
    {
        foreach (var found in SessionState.Path.GetResolvedPSPathFromPSPath(isLiteral ? WildcardPattern.Escape(path) : path))
        {
            if (!Relative)
            {
                WriteObject(found);
                continue;
            }

            var relative = System.IO.Path.GetRelativePath(SessionState.Path.CurrentFileSystemLocation.ProviderPath, found.ProviderPath);
            WriteObject(relative.StartsWith('.') || System.IO.Path.IsPathRooted(relative)
                ? relative : System.IO.Path.Combine(".", relative));
        }
    }
}
