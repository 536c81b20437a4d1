using System.Collections;
using System.Globalization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Configuration;

/// <summary>A value for one key that overrides the value in the file.</summary>
public sealed class ConfigSetting
{
    /// <summary>Source of the value, for messages.</summary>
    internal const string Source = "-Set";

    private readonly ConfigKey key;
    private readonly object? value;
    private readonly object? given;

    private ConfigSetting(ConfigSchema schema, ConfigKey key, object? value, object? given)
    {
        (this.key, this.value, this.given) = (key, value, given);
        Label = schema.Label(key, Text);
    }

    /// <summary>Full name of the key, such as <c>trainer.train_lr</c>.</summary>
    public string Name => key.FullName;

    /// <summary>The value, formatted as YAML.</summary>
    public string Text => ConfigValue.Write(value);

    /// <summary>The key and its value, such as <c>train_lr=0.0001</c>. The section is omitted if the key's name is unique without it.</summary>
    public string Label { get; }

    /// <param name="family">Family with the key.</param>
    /// <param name="name">Full name of a key, ignoring case.</param>
    /// <param name="value">Text, number, boolean, list of whole numbers, or null; text is parsed as in a file.</param>
    /// <exception cref="TinySoraException">UnknownKey, WrongType, InvalidValue.</exception>
    public static ConfigSetting Create(FamilyConfig family, string name, object? value)
    {
        var schema = ConfigSchema.For(family);
        var key = Find(schema, name);
        // As in a file, empty text means null if the key allows null.
        var item = value switch
        {
            "" when !key.AllowsNull => new YamlScalar(0, "", Plain: false),
            string and ['[', .. var list, ']'] when key.Type.IsGenericType =>
                Item(list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
            _ => Item(value),
        };
        return ConfigValue.TryRead(key, item, out var read)
            ? new ConfigSetting(schema, key, read, value)
            : throw key.CreateValueError(Source, null, item);
    }

    /// <summary>Returns a setting with the same value for the key of this name in another family.</summary>
    /// <inheritdoc cref="Create"/>
    public ConfigSetting For(FamilyConfig family) => Create(family, Name, given);

    /// <summary>Returns the families that have the named key; never empty.</summary>
    /// <exception cref="TinySoraException">UnknownKey, SectionSet: no family has the key.</exception>
    internal static IReadOnlyList<FamilyConfig> FamiliesWithKey(IReadOnlyList<FamilyConfig> families, string name)
    {
        var having = families.Where(family => ConfigSchema.For(family).Find(name) is not null).ToList();
        return having.Count > 0 ? having : throw Unknown([.. families.Select(ConfigSchema.For)], name);
    }

    /// <summary>Whether the key's value is a list. For such a key, only a list of lists specifies several values.</summary>
    internal static bool TakesList(FamilyConfig family, string name) => Find(ConfigSchema.For(family), name).Type.IsGenericType;

    /// <summary>Whether the key's value is a whole number or a training span.</summary>
    internal static bool TakesWholeNumber(FamilyConfig family, string name) =>
        Find(ConfigSchema.For(family), name).Type is var type && (type == typeof(int) || type == typeof(long) || type == typeof(TrainingSpan));

    /// <summary>Applies settings to a new instance that is not shared yet.</summary>
    internal static RunConfig ApplyAll(RunConfig config, IEnumerable<ConfigSetting> settings)
    {
        foreach (var setting in settings)
        {
            setting.Apply(config);
        }

        return config;
    }

    /// <summary>Sets this value in a new configuration that is not shared yet.</summary>
    internal void Apply(RunConfig config) => key.Set(config, value);

    private static ConfigKey Find(ConfigSchema schema, string name) => schema.Find(name) ?? throw Unknown([schema], name);

    private static TinySoraException Unknown(IReadOnlyList<ConfigSchema> schemas, string name)
    {
        var inSection = schemas.SelectMany(schema => schema.Keys).Where(key => name.Length > 0 && key.Section.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (inSection.FirstOrDefault() is ConfigKey example)
        {
            return ConfigErrors.SectionSet(Source, example.Section, example.FullName);
        }

        var parts = name.Split('.');
        var section = parts.Length > 1 ? parts[0] : "";
        var nearest = schemas.OrderBy(schema => !schema.Sections.Contains(section)).Select(schema => NearestName.Key(schema, section, parts[^1]));
        return ConfigErrors.UnknownKey(Source, null, name, nearest.FirstOrDefault(key => key is not null));
    }

    private static YamlItem Item(object? value) => value switch
    {
        string text => new YamlScalar(0, text, Plain: true),
        IEnumerable list => new YamlList(0, [.. list.Cast<object?>().Select(Item)]),
        _ => new YamlScalar(0, value is null ? "null" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", Plain: true),
    };
}
