namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Push, "Location", DefaultParameterSetName = "Path")]
public sealed class PushLocationCommand : PathCommand
{
    [Parameter]
    public string StackName { get; set; } = "default";

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override string UsualPath => ".";

    protected override void Process(string path, bool isLiteral)
    {
        SessionState.Path.PushCurrentLocation(StackName);
        var location = SessionState.Path.SetLocation(isLiteral ? WildcardPattern.Escape(path) : path);
        if (PassThru)
        {
            WriteObject(location);
        }
    }
}
