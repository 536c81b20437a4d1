namespace System.Management.Automation;

/// <summary>A type, or the name of one that is not loaded.</summary>
public class PSTypeName
{
    public PSTypeName(Type type) => (Name, Type) = (type.FullName ?? type.Name, type);

    public string Name { get; }

    /// <summary>Null when only the name is known.</summary>
    public Type? Type { get; }

    public override string ToString() => Name;
}
