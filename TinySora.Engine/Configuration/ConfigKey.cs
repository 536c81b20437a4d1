using System.ComponentModel;
using System.Reflection;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Configuration;

/// <summary>One key in a configuration file and the property that holds its value.</summary>
internal sealed class ConfigKey
{
    private static readonly NullabilityInfoContext Nullability = new();

    private readonly Func<RunConfig, object> owner;
    private readonly PropertyInfo property;

    /// <param name="section">Section of the key; empty for a root key.</param>
    /// <param name="owner">Returns the record with the property.</param>
    public ConfigKey(string section, Func<RunConfig, object> owner, PropertyInfo property)
    {
        this.owner = owner;
        this.property = property;
        Section = section;
        Name = property.GetCustomAttribute<ConfigSpellingAttribute>()?.Text ?? ConfigNames.Snake(property.Name);
        FormerName = property.GetCustomAttribute<FormerNameAttribute>()?.Name;
        lock (Nullability)
        {
            AllowsNull = Nullability.Create(property).WriteState == NullabilityState.Nullable;
        }

        Type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        MayChangeOnResume = property.IsDefined(typeof(MayChangeOnResumeAttribute));
        IsOptional = property.IsDefined(typeof(OptionalKeyAttribute));
        IsFamilySpecific = property.IsDefined(typeof(FamilySpecificAttribute));
        Description = property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "";
    }

    /// <summary>Type of the values, without nullability.</summary>
    public Type Type { get; }

    /// <summary>Section of the key; empty for a root key.</summary>
    public string Section { get; }

    public string Name { get; }

    /// <summary>Alternative name of the key in files; <c>null</c> if there is none.</summary>
    public string? FormerName { get; }

    public string FullName => InSection(Name);

    public string? FormerFullName => FormerName is null ? null : InSection(FormerName);

    public bool AllowsNull { get; }

    public bool MayChangeOnResume { get; }

    public bool IsOptional { get; }

    public bool IsFamilySpecific { get; }

    public string PropertyName => property.Name;

    public string Description { get; }

    public object? Get(RunConfig config) => property.GetValue(owner(config));

    /// <summary>Returns the key's value in a configuration as YAML.</summary>
    public string Text(RunConfig config) => ConfigValue.Write(Get(config));

    /// <summary>Creates the error that reports an invalid value of the key.</summary>
    public TinySoraException CreateValueError(string source, int? line, YamlItem value) => Type.IsEnum && value is YamlScalar { IsNull: false } scalar
        ? ConfigErrors.InvalidValue(source, line, FullName, ConfigValue.Write(scalar.Text), ConfigValue.DescribeExpected(this))
        : ConfigErrors.WrongType(source, line, FullName, ConfigValue.DescribeFound(this, value), ConfigValue.DescribeExpected(this));

    /// <summary>Sets the init-only property in a new instance that is not shared yet.</summary>
    public void Set(RunConfig config, object? value) => property.SetValue(owner(config), value);

    private string InSection(string name) => Section.Length == 0 ? name : $"{Section}.{name}";
}
