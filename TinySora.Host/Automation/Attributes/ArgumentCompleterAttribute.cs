namespace System.Management.Automation;

/// <summary>Names the class that proposes values while a user types; the host has no completion and only carries it.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public class ArgumentCompleterAttribute(Type type) : Attribute
{
    public Type Type { get; } = type;
}
