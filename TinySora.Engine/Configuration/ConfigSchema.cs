using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;

namespace TinySora.Engine.Configuration;

/// <summary>The keys of one family's configurations, for reading, writing and comparing them.</summary>
internal sealed class ConfigSchema
{
    private static readonly ConcurrentDictionary<Type, ConfigSchema> Known = [];

    private ConfigSchema(FamilyConfig family)
    {
        var root = KeysOf(typeof(RunConfig)).Where(property => !IsSection(property)).Select(property => new ConfigKey("", _ => _, property));
        var own = KeysOf(family.GetType()).Where(IsSection).SelectMany(section => Section(section, config => config.Family));
        var shared = KeysOf(typeof(RunConfig)).Where(IsSection).SelectMany(section => Section(section, config => config)).ToLookup(family.Takes);
        KeysOfFamily = [.. own];
        SectionsOfFamily = [.. KeysOfFamily.Select(key => key.Section).Distinct()];
        Keys = [.. root, .. KeysOfFamily, .. shared[true]];
        OtherFamilyKeys = [.. shared[false].Select(key => key.FullName)];
        Sections = [.. Keys.Select(key => key.Section).Where(section => section.Length > 0).Distinct()];
    }

    /// <summary>All keys: the root keys, then the family's keys in the order of its record, then the common keys.</summary>
    public IReadOnlyList<ConfigKey> Keys { get; }

    public IReadOnlyList<string> Sections { get; }

    public IReadOnlyList<ConfigKey> KeysOfFamily { get; }

    public IReadOnlyList<string> SectionsOfFamily { get; }

    /// <summary>Full names of the common keys that this family does not read, although others do.</summary>
    public IReadOnlyList<string> OtherFamilyKeys { get; }

    public static ConfigSchema For(FamilyConfig family) => Known.GetOrAdd(family.GetType(), (_, family) => new ConfigSchema(family), family);

    public static ConfigSchema For(RunConfig config) => For(config.Family);

    /// <summary>Returns the key with this full name or former full name, ignoring case; <c>null</c> if the family has no such key.</summary>
    public ConfigKey? Find(string fullName) => fullName.Split('.') is [var section, var name]
        ? Find(section, name, StringComparison.OrdinalIgnoreCase) : Find("", fullName, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the key with this name or former name in a section; <c>null</c> if the family has no such key.</summary>
    public ConfigKey? Find(string section, string name, StringComparison comparison) =>
        Keys.FirstOrDefault(key => section.Equals(key.Section, comparison) && (name.Equals(key.Name, comparison) || name.Equals(key.FormerName, comparison)));

    /// <summary>Returns a key and its value, such as <c>train_lr=0.0001</c>. The section is omitted if the key's name is unique without it.</summary>
    /// <param name="text">The value as YAML.</param>
    public string Label(ConfigKey key, string text)
    {
        var name = Keys.Count(other => other.Name == key.Name) == 1 ? key.Name : key.FullName;
        return $"{name}={text.Replace("\"", "", StringComparison.Ordinal)}";
    }

    private static IEnumerable<ConfigKey> Section(PropertyInfo section, Func<RunConfig, object> owner) =>
        KeysOf(section.PropertyType).Select(property => new ConfigKey(ConfigNames.Snake(section.Name), config => section.GetValue(owner(config))!, property));

    /// <summary>Returns the properties of a section's record that are keys, inherited ones first.</summary>
    private static IEnumerable<PropertyInfo> KeysOf(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.CanWrite && !property.IsDefined(typeof(NotAKeyAttribute))).OrderBy(property => property.DeclaringType == type);

    private static bool IsSection(PropertyInfo property) =>
        property.PropertyType.IsClass && property.PropertyType != typeof(string) && !property.PropertyType.IsAssignableTo(typeof(IEnumerable));
}
