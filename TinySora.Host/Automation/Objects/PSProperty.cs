using System.Reflection;

namespace System.Management.Automation;

/// <summary>A property of the .NET object.</summary>
public class PSProperty : PSPropertyInfo
{
    private readonly PropertyInfo property;
    private readonly object owner;

    internal PSProperty(PropertyInfo property, object owner)
    {
        (this.property, this.owner) = (property, owner);
        SetMemberName(property.Name);
    }

    public override PSMemberTypes MemberType => PSMemberTypes.Property;

    public override string TypeNameOfValue => property.PropertyType.FullName ?? property.PropertyType.Name;

    public override bool IsGettable => property.CanRead;

    public override bool IsSettable => property.SetMethod is { IsPublic: true };

    /// <summary>Null when reading throws, as PowerShell shows it.</summary>
    public override object? Value
    {
        get
        {
            try
            {
                return property.GetValue(owner);
            }
            catch (TargetInvocationException)
            {
                return null;
            }
        }
        set => property.SetValue(owner, LanguagePrimitives.ConvertTo(value, property.PropertyType));
    }

    public override PSMemberInfo Copy() => new PSProperty(property, owner);
}
