using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;

namespace TinySora.Engine.Configuration;

/// <summary>The keys of one family's files, used for reading, writing and comparing.</summary>
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

    /// <summary>All keys: those of the root, then the family's in the order of its record, then the common ones.</summary>
    public IReadOnlyList<ConfigKey> Keys { get; }

    public IReadOnlyList<string> Sections { get; }

    public IReadOnlyList<ConfigKey> KeysOfFamily { get; }

    public IReadOnlyList<string> SectionsOfFamily { get; }

    /// <summary>Full names of common keys that other families read, but not this one.</summary>
    public IReadOnlyList<string> OtherFamilyKeys { get; }

    public static ConfigSchema For(FamilyConfig family) => Known.GetOrAdd(family.GetType(), (_, family) => new ConfigSchema(family), family);

    public static ConfigSchema For(RunConfig config) => For(config.Family);

    /// <summary>Returns the key with this name or former name, ignoring case; <c>null</c> if the family has no such key.</summary>
    public ConfigKey? Find(string fullName) => Keys.FirstOrDefault(key => fullName.Equals(key.FullName, StringComparison.OrdinalIgnoreCase)
        || fullName.Equals(key.FormerFullName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Returns a key with its value, without its section if the name is unique: <c>train_lr=0.0001</c>.</summary>
    /// <param name="text">The value as YAML.</param>
    public string Label(ConfigKey key, string text)
    {
        var name = Keys.Count(other => other.Name == key.Name) == 1 ? key.Name : key.FullName;
        return $"{name}={text.Replace("\"", "", StringComparison.Ordinal)}";
    }

    private static IEnumerable<ConfigKey> Section(PropertyInfo section, Func<RunConfig, object> owner) =>
        KeysOf(section.PropertyType).Select(property => new ConfigKey(ConfigNames.Snake(section.Name), config => section.GetValue(owner(config))!, property));

    /// <summary>Returns the keys of a section, inherited ones first.</summary>
    private static IEnumerable<PropertyInfo> KeysOf(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.CanWrite && !property.IsDefined(typeof(NotAKeyAttribute))).OrderBy(property => property.DeclaringType == type);

    private static bool IsSection(PropertyInfo property) =>
        property.PropertyType.IsClass && property.PropertyType != typeof(string) && !property.PropertyType.IsAssignableTo(typeof(IEnumerable));
}
