using System.ComponentModel;
using System.Reflection;
using System.Text.Json;

namespace TinySora.Engine.Configuration;

/// <summary>One key of the file and the property behind it: the table that reading, writing and comparing share.</summary>
internal sealed class ConfigKey
{
    private static readonly NullabilityInfoContext Nullability = new();

    private readonly PropertyInfo? sectionProperty;

    private ConfigKey(PropertyInfo? sectionProperty, PropertyInfo property)
    {
        this.sectionProperty = sectionProperty;
        Property = property;
        Section = sectionProperty is null ? "" : SnakeCase(sectionProperty.Name);
        Name = SnakeCase(property.Name);
        AllowsNull = Nullability.Create(property).WriteState == NullabilityState.Nullable;
        MayChangeOnResume = property.IsDefined(typeof(MayChangeOnResumeAttribute));
        Description = property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "";
    }

    /// <summary>All keys in the order of RunConfig.cs; those of the root come first.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } = Collect();

    public static IReadOnlyList<string> Sections { get; } =
        [.. All.Select(k => k.Section).Where(s => s.Length > 0).Distinct()];

    public PropertyInfo Property { get; }

    /// <summary>Empty for a key of the root.</summary>
    public string Section { get; }

    public string Name { get; }

    public string FullName => Section.Length == 0 ? Name : $"{Section}.{Name}";

    public bool AllowsNull { get; }

    public bool MayChangeOnResume { get; }

    public string Description { get; }

    public object? Get(RunConfig config) => Property.GetValue(Owner(config));

    /// <summary>Sets an init-only property; for an instance that nobody else has seen yet.</summary>
    public void Set(RunConfig config, object? value) => Property.SetValue(Owner(config), value);

    private object Owner(RunConfig config) =>
        sectionProperty is null ? config : sectionProperty.GetValue(config)!;

    private static ConfigKey[] Collect()
    {
        var root = Keys(typeof(RunConfig)).Where(p => !IsSection(p)).Select(p => new ConfigKey(null, p));
        var sections = Keys(typeof(RunConfig)).Where(IsSection)
            .SelectMany(s => Keys(s.PropertyType).Select(p => new ConfigKey(s, p)));
        return [.. root, .. sections];
    }

    private static IEnumerable<PropertyInfo> Keys(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite && !p.IsDefined(typeof(NotAKeyAttribute)));

    private static bool IsSection(PropertyInfo property) => property.PropertyType.Namespace == typeof(RunConfig).Namespace;

    private static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
