namespace TinySora.Commands;

[Cmdlet(VerbsData.Convert, "Path", DefaultParameterSetName = "Path")]
[OutputType(typeof(string))]
public sealed class ConvertPathCommand : PathCommand
{
    protected override void Process(string path, bool isLiteral) =>
        WriteObject(SessionState.Path.GetResolvedProviderPathFromPSPath(isLiteral ? WildcardPattern.Escape(path) : path, out _), enumerateCollection: true);
}
