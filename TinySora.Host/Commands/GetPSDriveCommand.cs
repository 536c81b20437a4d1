namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "PSDrive")]
[OutputType(typeof(PSDriveInfo))]
public sealed class GetPSDriveCommand : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = ["*"];

    protected override void ProcessRecord() => WriteObject(
        SessionState.Drive.GetAll().Where(d => Name.Any(n => WildcardPattern.Get(n, WildcardOptions.IgnoreCase).IsMatch(d.Name)))
            .OrderBy(d => d.Name, StringComparer.OrdinalIgnoreCase),
        enumerateCollection: true);
}
