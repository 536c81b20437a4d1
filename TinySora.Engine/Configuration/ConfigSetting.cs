using System.Collections;
using System.Globalization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Configuration;

/// <summary>A value for one key, in place of what a file says.</summary>
public sealed class ConfigSetting
{
    /// <summary>The name of the place where the value was given, for messages.</summary>
    internal const string Source = "-Set";

    private readonly ConfigKey key;
    private readonly object? value;
    private readonly object? given;

    private ConfigSetting(ConfigSchema schema, ConfigKey key, object? value, object? given)
    {
        (this.key, this.value, this.given) = (key, value, given);
        Label = schema.Label(key, Text);
    }

    /// <summary>The full name of the key, such as <c>trainer.train_lr</c>.</summary>
    public string Name => key.FullName;

    /// <summary>The value as YAML writes it.</summary>
    public string Text => ConfigValue.Write(value);

    /// <summary>The key without its section where no other section has one of this name, and the value: <c>train_lr=0.0001</c>.</summary>
    public string Label { get; }

    /// <param name="family">Whose keys there are.</param>
    /// <param name="name">Full name of a key; upper and lower case do not matter.</param>
    /// <param name="value">A text, a number, a boolean, a list of whole numbers, or null; a text is read as in a file.</param>
    /// <exception cref="TinySoraException">UnknownKey, WrongType, InvalidValue.</exception>
    public static ConfigSetting Of(FamilyConfig family, string name, object? value)
    {
        var schema = ConfigSchema.Of(family);
        var key = Find(schema, name);
        // An empty text is null, as in a file, where the key can be null; elsewhere it is a text.
        var item = value switch
        {
            "" when !key.AllowsNull => new YamlScalar(0, "", Plain: false),
            string and ['[', .. var list, ']'] when key.Type.IsGenericType =>
                Item(list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
            _ => Item(value),
        };
        return ConfigValue.TryRead(key, item, out var read)
            ? new ConfigSetting(schema, key, read, value)
            : throw key.NotRead(Source, null, item);
    }

    /// <summary>The setting of a family that may be another: its value for that one's key of the same name.</summary>
    /// <inheritdoc cref="Of"/>
    public ConfigSetting For(FamilyConfig family) => Of(family, Name, given);

    /// <summary>The families that have a key, at least one.</summary>
    /// <exception cref="TinySoraException">UnknownKey, SectionSet: none of these families has it.</exception>
    internal static IReadOnlyList<FamilyConfig> Having(IReadOnlyList<FamilyConfig> families, string name)
    {
        var having = families.Where(family => ConfigSchema.Of(family).Find(name) is not null).ToList();
        return having.Count > 0 ? having : throw Unknown([.. families.Select(ConfigSchema.Of)], name);
    }

    /// <summary>Whether the key takes a list, so that only a list of lists is several values for it.</summary>
    internal static bool TakesList(FamilyConfig family, string name) => Find(ConfigSchema.Of(family), name).Type.IsGenericType;

    /// <summary>Whether the key takes whole numbers, or spans that count something.</summary>
    internal static bool TakesWholeNumber(FamilyConfig family, string name) =>
        Find(ConfigSchema.Of(family), name).Type is var type && (type == typeof(int) || type == typeof(long) || type == typeof(TrainingSpan));

    /// <summary>Applies settings to an instance that nobody else has seen yet.</summary>
    internal static RunConfig Applied(RunConfig config, IEnumerable<ConfigSetting> settings)
    {
        foreach (var setting in settings)
        {
            setting.Apply(config);
        }

        return config;
    }

    /// <summary>Sets the value in a configuration that nobody else has seen yet.</summary>
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
