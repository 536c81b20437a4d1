namespace System.Management.Automation;

/// <summary>A member of an object.</summary>
public abstract class PSMemberInfo
{
    public string Name { get; private set; } = "";

    public abstract PSMemberTypes MemberType { get; }

    public abstract object? Value { get; set; }

    /// <summary>Full name of the value's type.</summary>
    public abstract string TypeNameOfValue { get; }

    public abstract PSMemberInfo Copy();

    protected void SetMemberName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }
}
