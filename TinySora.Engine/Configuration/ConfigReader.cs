using TinySora.Engine.Errors;

namespace TinySora.Engine.Configuration;

/// <summary>Binds a YAML document to a <see cref="RunConfig"/>, collecting all problems instead of stopping at the first.</summary>
internal sealed class ConfigReader
{
    /// <summary>Number of problems after which reading stops. A typical configuration has about fifty lines.</summary>
    private const int MaxProblems = 100;

    private readonly string source;
    private readonly ConfigSchema schema;
    private readonly List<TinySoraException> problems = [];
    private readonly Dictionary<string, int> lines = [];
    private readonly HashSet<string> unreadable = [];
    private readonly HashSet<string> set = [];

    /// <summary>Warnings about unknown keys; <c>null</c> if unknown keys are errors.</summary>
    private List<string>? warnings;

    /// <summary>Whether to ignore obsolete keys of the family.</summary>
    private bool isStored;

    private ConfigReader(string source, FamilyConfig family) => (this.source, schema) = (source, ConfigSchema.For(family));

    /// <summary>Reads a configuration and returns it with its problems, in file order. The configuration is valid only if there are no problems.</summary>
    /// <param name="isStored">Whether TinySora wrote the text; an earlier version may have written keys that are now obsolete.</param>
    public static (RunConfig Config, IReadOnlyList<TinySoraException> Problems) Read(
        string yaml, string source, IReadOnlyList<ConfigSetting> settings, bool isStored)
    {
        RunConfig config;
        YamlItem? tree;
        try
        {
            tree = YamlTree.Read(yaml, source);
            config = new RunConfig { Family = FamilyOf(tree, source) };
        }
        catch (TinySoraException e)
        {
            return (new RunConfig(), [e]);
        }

        var reader = new ConfigReader(source, config.Family) { isStored = isStored };
        reader.BindSection(config, "", tree);
        foreach (var setting in settings)
        {
            setting.Apply(config);
            reader.set.Add(setting.Name);
            reader.unreadable.Remove(setting.Name);
        }

        reader.ApplyRules(config);
        return (config, reader.problems);
    }

    /// <summary>
    /// Binds a file in the format of a <see cref="ConfigDialect"/>. All keys in the dialect's sections are required, and any other key causes a warning.
    /// </summary>
    /// <param name="config">Configuration that has the dialect's sections as its family.</param>
    public static (IReadOnlyList<TinySoraException> Problems, IReadOnlyList<string> Warnings) ReadDialect(RunConfig config, YamlMap map, string source)
    {
        var reader = new ConfigReader(source, config.Family) { warnings = [] };
        var sections = reader.schema.SectionsOfFamily;
        foreach (var (name, value) in map.Pairs)
        {
            if (sections.Contains(name.Text))
            {
                reader.Bind(config, "", name, value);
            }
            else
            {
                reader.warnings.Add(reader.NotRead(name, name.Text));
            }
        }

        foreach (var key in reader.schema.KeysOfFamily.Where(key => !key.IsOptional && !reader.lines.ContainsKey(key.FullName)))
        {
            reader.unreadable.Add(key.FullName);
            reader.problems.Add(ConfigErrors.MissingKey(source, key.FullName, key.Description));
        }

        reader.ApplyRules(config);
        return (reader.problems, reader.warnings);
    }

    /// <summary>Returns the default configuration of the family that a document specifies, or of the default family if it specifies none.</summary>
    /// <exception cref="TinySoraException">InvalidValue.</exception>
    public static FamilyConfig FamilyOf(YamlItem? tree, string source)
    {
        var named = (tree as YamlMap)?.Pairs.FirstOrDefault(pair => pair.Key.Text == ConfigFile.FamilyKey) ?? default;
        return named.Value is null ? FamilyConfigs.Default()
            : named.Value is YamlScalar scalar && FamilyConfigs.Create(scalar.Text) is FamilyConfig family ? family
            : throw ConfigErrors.InvalidValue(
                source, named.Value.Line, ConfigFile.FamilyKey, named.Value.Form, ConfigNames.Choice([.. FamilyConfigs.All.Select(known => known.Name)]));
    }

    private void BindSection(RunConfig config, string section, YamlItem? item)
    {
        if (item is null or YamlScalar { IsNull: true })
        {
            return;
        }

        if (item is not YamlMap map)
        {
            problems.Add(ConfigErrors.NotASection(source, item.Line, section, item.Form));
            return;
        }

        foreach (var (key, value) in map.Pairs)
        {
            if (problems.Count >= MaxProblems)
            {
                problems.Add(ConfigErrors.TooManyProblems(source, key.Line, MaxProblems));
                return;
            }

            Bind(config, section, key, value);
        }
    }

    private void Bind(RunConfig config, string section, YamlScalar name, YamlItem value)
    {
        var key = schema.Find(section, name.Text, StringComparison.Ordinal);
        var fullName = key?.FullName ?? (section.Length == 0 ? name.Text : $"{section}.{name.Text}");
        if (lines.TryGetValue(fullName, out var first))
        {
            problems.Add(ConfigErrors.DuplicateKey(source, name.Line, fullName, first));
            return;
        }

        lines[fullName] = name.Line;
        if (fullName == ConfigFile.FamilyKey)
        {
            return;
        }

        if (section.Length == 0 && schema.Sections.Contains(name.Text))
        {
            BindSection(config, name.Text, value);
            return;
        }

        if (key is null && warnings is not null)
        {
            warnings.Add(NotRead(name, fullName));
        }
        else if (key is null)
        {
            var isOfOthers = schema.OtherFamilyKeys.Contains(fullName);
            if (!isOfOthers || !isStored)
            {
                problems.Add(ConfigErrors.UnknownKey(source, name.Line, fullName, isOfOthers ? null : NearestName.Key(schema, section, name.Text)));
            }
        }
        else if (ConfigValue.TryRead(key, value, out var result))
        {
            key.Set(config, result);
        }
        else
        {
            unreadable.Add(fullName);
            problems.Add(key.CreateValueError(source, value.Line, value));
        }
    }

    private string NotRead(YamlScalar name, string fullName) => $"{source}:{name.Line}: {fullName} has no effect.";

    private void ApplyRules(RunConfig config)
    {
        // A rule that involves an unreadable key would check the key's default instead.
        foreach (var violation in ConfigRules.Check(config).Where(v => !v.Keys.Any(unreadable.Contains)))
        {
            // The value may be a default that is invalid only because of another key. Report the key that is set, or a line that exists.
            var isSet = violation.Keys.Any(set.Contains);
            var line = isSet ? null : violation.Keys.Where(lines.ContainsKey).Select(k => (int?)lines[k]).FirstOrDefault();
            problems.Add(ConfigErrors.InvalidValue(
                isSet ? ConfigSetting.Source : source, line, violation.Key, schema.Find(violation.Key)!.Text(config), violation.Expected));
        }
    }
}
