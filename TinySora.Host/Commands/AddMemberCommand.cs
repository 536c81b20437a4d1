using System.Collections;

namespace TinySora.Commands;

/// <summary>
/// Adds members to an object. What has no name in front is, as PowerShell takes it: a kind of member, its name and its values; a name and a value
/// of a property; or a table of these.
/// </summary>
[Cmdlet(VerbsCommon.Add, "Member")]
public sealed class AddMemberCommand : PSCmdlet
{
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter]
    public string? NotePropertyName { get; set; }

    [Parameter]
    public object? NotePropertyValue { get; set; }

    [Parameter]
    public IDictionary? NotePropertyMembers { get; set; }

    [Parameter]
    [Alias("Type")]
    public PSMemberTypes? MemberType { get; set; }

    [Parameter]
    public string? Name { get; set; }

    [Parameter]
    public object? Value { get; set; }

    [Parameter]
    public object? SecondValue { get; set; }

    [Parameter(ValueFromRemainingArguments = true)]
    public object?[] Arguments { get; set; } = [];

    [Parameter]
    public string? TypeName { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void BeginProcessing()
    {
        var given = Arguments.Select(value => value is PSObject wrapped ? wrapped.BaseObject : value).ToList();
        if (given is [IDictionary table])
        {
            NotePropertyMembers = table;
        }
        else if (MemberType is null && NotePropertyName is null && given.Count > 0 && !LanguagePrimitives.TryConvertTo<PSMemberTypes>(given[0], out _))
        {
            NotePropertyName = LanguagePrimitives.ConvertTo<string>(given[0]);
            NotePropertyValue ??= given.ElementAtOrDefault(1);
        }
        else if (NotePropertyName is not null)
        {
            NotePropertyValue ??= given.ElementAtOrDefault(0);
        }
        else
        {
            MemberType ??= Next<PSMemberTypes?>(given);
            Name ??= Next<string>(given);
            Value ??= Next<object>(given);
            SecondValue ??= Next<object>(given);
        }
    }

    protected override void ProcessRecord()
    {
        var members = NotePropertyMembers is not null
            ? NotePropertyMembers.Keys.Cast<object>().Select(key => new PSNoteProperty(LanguagePrimitives.ConvertTo<string>(key), NotePropertyMembers[key]))
            : NotePropertyName is not null ? [new PSNoteProperty(NotePropertyName, NotePropertyValue)]
            : MemberType is not null && Name is not null ? [Member(MemberType.Value, Name)]
            : Enumerable.Empty<PSMemberInfo>();
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

    private static T? Next<T>(List<object?> given)
    {
        if (given.Count == 0)
        {
            return default;
        }

        var first = LanguagePrimitives.ConvertTo<T>(given[0]);
        given.RemoveAt(0);
        return first;
    }

    private PSMemberInfo Member(PSMemberTypes type, string name) => type switch
    {
        PSMemberTypes.NoteProperty => new PSNoteProperty(name, Value),
        PSMemberTypes.AliasProperty => new PSAliasProperty(name, LanguagePrimitives.ConvertTo<string>(Value)),
        PSMemberTypes.ScriptMethod => new PSScriptMethod(name, LanguagePrimitives.ConvertTo<ScriptBlock>(Value)),
        PSMemberTypes.ScriptProperty => new PSScriptProperty(
            name, LanguagePrimitives.ConvertTo<ScriptBlock>(Value), LanguagePrimitives.ConvertTo<ScriptBlock>(SecondValue)),
        _ => throw new PSNotSupportedException(
            $"Members of the kind {type} are added by PowerShell; here: NoteProperty, AliasProperty, ScriptProperty, ScriptMethod."),
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
