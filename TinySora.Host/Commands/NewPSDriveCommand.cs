namespace TinySora.Commands;

[Cmdlet(VerbsCommon.New, "PSDrive", SupportsShouldProcess = true)]
[OutputType(typeof(PSDriveInfo))]
public sealed class NewPSDriveCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string Name { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1)]
    public string PSProvider { get; set; } = "";

    [Parameter(Mandatory = true, Position = 2)]
    [AllowEmptyString]
    public string Root { get; set; } = "";

    [Parameter]
    public string Description { get; set; } = "";

    [Parameter]
    public string? Scope { get; set; }

    protected override void ProcessRecord()
    {
        if (ShouldProcess($"Name: {Name} Provider: {PSProvider} Root: {Root}", "New drive"))
        {
            WriteObject(SessionState.Drive.New(new PSDriveInfo(Name, SessionState.Provider.GetOne(PSProvider), Root, Description, null), Scope));
        }
    }
}
