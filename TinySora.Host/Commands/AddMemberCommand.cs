using System.Collections;

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Add, "Member", DefaultParameterSetName = "Note")]
public sealed class AddMemberCommand : PSCmdlet
{
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Note")]
    public string NotePropertyName { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "Note")]
    [AllowNull]
    public object? NotePropertyValue { get; set; }

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Notes")]
    public IDictionary? NotePropertyMembers { get; set; }

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Member")]
    [Alias("Type")]
    public PSMemberTypes MemberType { get; set; }

    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "Member")]
    public string Name { get; set; } = "";

    [Parameter(Position = 2, ParameterSetName = "Member")]
    public object? Value { get; set; }

    [Parameter(Position = 3, ParameterSetName = "Member")]
    public object? SecondValue { get; set; }

    [Parameter]
    public string? TypeName { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        IEnumerable<PSMemberInfo> members = ParameterSetName switch
        {
            "Note" => [new PSNoteProperty(NotePropertyName, NotePropertyValue)],
            "Notes" => NotePropertyMembers!.Keys.Cast<object>()
                .Select(key => new PSNoteProperty(LanguagePrimitives.ConvertTo<string>(key), NotePropertyMembers[key])),
            _ => [Member()],
        };
        foreach (var member in members)
        {
            Add(member);
        }

        if (TypeName is not null)
        {
            InputObject!.TypeNames.Insert(0, TypeName);
        }

        if (PassThru)
        {
            WriteObject(InputObject);
        }
    }

    private PSMemberInfo Member() => MemberType switch
    {
        PSMemberTypes.NoteProperty => new PSNoteProperty(Name, Value),
        PSMemberTypes.AliasProperty => new PSAliasProperty(Name, LanguagePrimitives.ConvertTo<string>(Value)),
        PSMemberTypes.ScriptMethod => new PSScriptMethod(Name, LanguagePrimitives.ConvertTo<ScriptBlock>(Value)),
        PSMemberTypes.ScriptProperty => new PSScriptProperty(
            Name, LanguagePrimitives.ConvertTo<ScriptBlock>(Value), LanguagePrimitives.ConvertTo<ScriptBlock>(SecondValue)),
        _ => throw new PSNotSupportedException(
            $"Members of the kind {MemberType} are added by PowerShell; here: NoteProperty, AliasProperty, ScriptProperty, ScriptMethod."),
    };

    private void Add(PSMemberInfo member)
    {
        if (Force && InputObject!.Members[member.Name] is { IsInstance: true })
        {
            InputObject.Members.Remove(member.Name);
        }

        if (!Force && InputObject!.Members[member.Name] is not null)
        {
            WriteError(new ErrorRecord(
                new InvalidOperationException(
                    $"Cannot add a member with the name \"{member.Name}\" because a member with that name already exists. To overwrite the member anyway, "
                    + "add the Force parameter to your command."),
                "MemberAlreadyExists", ErrorCategory.InvalidOperation, InputObject));
            return;
        }

        InputObject!.Members.Add(member);
    }
}
