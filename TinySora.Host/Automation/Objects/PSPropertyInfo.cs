namespace System.Management.Automation;

/// <summary>A member that holds a value.</summary>
public abstract class PSPropertyInfo : PSMemberInfo
{
    public abstract bool IsGettable { get; }

    public abstract bool IsSettable { get; }

    public override string ToString() => $"{TypeNameOfValue} {Name}={LanguagePrimitives.TextOf(Value)}";
}
