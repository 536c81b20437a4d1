namespace System.Management.Automation.Internal;

/// <summary>Base of every attribute that describes a cmdlet or one of its parameters.</summary>
[AttributeUsage(AttributeTargets.All)]
public abstract class CmdletMetadataAttribute : Attribute
{
    internal CmdletMetadataAttribute()
    {
    }
}

/// <summary>Base of the attributes that decide how arguments are parsed.</summary>
[AttributeUsage(AttributeTargets.All)]
public abstract class ParsingBaseAttribute : CmdletMetadataAttribute
{
    internal ParsingBaseAttribute()
    {
    }
}
