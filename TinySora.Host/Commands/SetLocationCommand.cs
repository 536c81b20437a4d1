namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Set, "Location", DefaultParameterSetName = "Path")]
public sealed class SetLocationCommand : PathCommand
{
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override string UsualPath => "~";

    protected override void Process(string path, bool isLiteral)
    {
        var location = SessionState.Path.SetLocation(isLiteral ? WildcardPattern.Escape(path) : path);
        if (PassThru)
        {
            WriteObject(location);
        }
    }
}
