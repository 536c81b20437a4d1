namespace System.Management.Automation;

/// <summary>A name and a value, added to an object.</summary>
public class PSNoteProperty : PSPropertyInfo
{
    public PSNoteProperty(string name, object? value)
    {
        SetMemberName(name);
        Value = value;
    }

    public override PSMemberTypes MemberType => PSMemberTypes.NoteProperty;

    public override object? Value { get; set; }

    public override string TypeNameOfValue => PSObject.Base(Value)?.GetType().FullName ?? "System.Object";

    public override bool IsGettable => true;

    public override bool IsSettable => true;

    public override PSMemberInfo Copy() => new PSNoteProperty(Name, Value);
}
