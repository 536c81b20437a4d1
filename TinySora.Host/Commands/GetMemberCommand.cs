namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "Member")]
public sealed class GetMemberCommand : PSCmdlet
{
    private readonly HashSet<string> seen = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    [Alias("Type")]
    public PSMemberTypes MemberType { get; set; } = PSMemberTypes.All;

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject is null || !seen.Add(InputObject.TypeNames[0]))
        {
            return;
        }

        var members = Name.SelectMany(name => InputObject.Members.Match(name, MemberType)).DistinctBy(m => m.Name)
            .Where(m => Force || (!m.Name.StartsWith("get_", StringComparison.Ordinal) && !m.Name.StartsWith("set_", StringComparison.Ordinal)
                && m.MemberType is not (PSMemberTypes.MemberSet or PSMemberTypes.InferredProperty)))
            .OrderBy(m => m.MemberType.ToString(), StringComparer.Ordinal).ThenBy(m => m.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var member in members)
        {
            PSObject shown = new();
            (string, object?)[] columns =
                [("TypeName", InputObject.TypeNames[0]), ("Name", member.Name), ("MemberType", member.MemberType), ("Definition", member.ToString())];
            foreach (var (column, value) in columns)
            {
                shown.Properties.Add(new PSNoteProperty(column, value));
            }

            shown.TypeNames.Insert(0, "Microsoft.PowerShell.Commands.MemberDefinition");
            WriteObject(shown);
        }
    }

    protected override void EndProcessing()
    {
        if (seen.Count == 0)
        {
            WriteError(new ErrorRecord(
                new InvalidOperationException("You must specify an object for the Get-Member cmdlet."), "NoObjectInGetMember", ErrorCategory.CloseError, null));
        }
    }
}
