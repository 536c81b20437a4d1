namespace System.Management.Automation;

/// <summary>Any object with named properties: its own, and those that were added.</summary>
public class PSObject : IFormattable, IComparable
{
    private readonly List<PSMemberInfo> added = [];
    private System.Collections.ObjectModel.Collection<string>? typeNames;

    /// <summary>An object that has only added properties.</summary>
    public PSObject()
        : this(PSCustomObject.Instance)
    {
    }

    public PSObject(object obj)
    {
        ArgumentNullException.ThrowIfNull(obj);
        ImmediateBaseObject = obj;
        Members = new ObjectMembers<PSMemberInfo>(this, added);
        Properties = new ObjectMembers<PSPropertyInfo>(this, added);
    }

    /// <summary>The object inside, through any number of wrappers.</summary>
    public object BaseObject => ImmediateBaseObject is PSObject inner ? inner.BaseObject : ImmediateBaseObject;

    public object ImmediateBaseObject { get; }

    public PSMemberInfoCollection<PSMemberInfo> Members { get; }

    /// <summary>Those that were added, then those of the type in the order of declaration.</summary>
    public PSMemberInfoCollection<PSPropertyInfo> Properties { get; }

    /// <summary>Names by which format views are chosen, the most specific first.</summary>
    public System.Collections.ObjectModel.Collection<string> TypeNames => typeNames ??= DefaultTypeNames();

    internal bool IsCustom => BaseObject is PSCustomObject;

    public static PSObject AsPSObject(object obj) => obj as PSObject ?? new PSObject(obj);

    public virtual PSObject Copy()
    {
        PSObject copy = new(ImmediateBaseObject);
        copy.added.AddRange(added.Select(m => m.Copy()));
        return copy;
    }

    public int CompareTo(object? obj) => ReferenceEquals(this, obj) ? 0 : LanguagePrimitives.Compare(this, obj);

    public override bool Equals(object? obj) =>
        ReferenceEquals(this, obj) || (!IsCustom && BaseObject.Equals(Base(obj)));

    public override int GetHashCode() =>
        IsCustom ? Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this) : BaseObject.GetHashCode();

    /// <summary>The object's own text; <c>@{Name=value; Name=value}</c> for one made of properties.</summary>
    public override string ToString() => IsCustom
        ? $"@{{{string.Join("; ", Properties.Select(p => $"{p.Name}={LanguagePrimitives.TextOf(p.Value)}"))}}}"
        : LanguagePrimitives.TextOf(BaseObject);

    public string ToString(string? format, IFormatProvider? formatProvider) =>
        BaseObject is IFormattable formattable ? formattable.ToString(format, formatProvider) : ToString();

    /// <summary>The plain object inside a wrapper; an object made of properties is its own base.</summary>
    internal static object? Base(object? value) => value is PSObject { IsCustom: false } wrapped ? wrapped.BaseObject : value;

    /// <summary>The plain object where the wrapper adds nothing to it.</summary>
    internal static object? Unwrap(object? value) =>
        value is PSObject { IsCustom: false, added.Count: 0, typeNames: null } wrapped ? Unwrap(wrapped.ImmediateBaseObject) : value;

    internal IEnumerable<PSMemberInfo> OwnMembers() => BaseObject is PSCustomObject
        ? []
        : ReflectedProperties.Of(BaseObject.GetType()).Select(p => new PSProperty(p, BaseObject));

    private System.Collections.ObjectModel.Collection<string> DefaultTypeNames()
    {
        List<string> names = [];
        for (var type = BaseObject.GetType(); type is not null; type = type.BaseType)
        {
            names.Add(type.FullName ?? type.Name);
        }

        return new(names);
    }
}
