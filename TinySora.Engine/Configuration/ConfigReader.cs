using TinySora.Engine.Errors;

namespace TinySora.Engine.Configuration;

/// <summary>Binds a YAML document to a <see cref="RunConfig"/> and goes on after a problem, so that all are found.</summary>
internal sealed class ConfigReader
{
    private readonly string source;
    private readonly List<TinySoraException> problems = [];
    private readonly Dictionary<string, int> lines = [];
    private readonly HashSet<string> unreadable = [];

    private ConfigReader(string source) => this.source = source;

    /// <summary>The configuration and what is wrong with it, in the file's order; it may be used when that is nothing.</summary>
    public static (RunConfig Config, IReadOnlyList<TinySoraException> Problems) Read(
        string yaml, string source, IReadOnlyList<ConfigSetting> settings)
    {
        var reader = new ConfigReader(source);
        var config = new RunConfig();
        try
        {
            reader.BindSection(config, "", YamlTree.Read(yaml, source));
        }
        catch (TinySoraException e)
        {
            return (config, [e]);
        }

        foreach (var setting in settings)
        {
            setting.Apply(config);
            reader.lines.Remove(setting.Name);
            reader.unreadable.Remove(setting.Name);
        }

        reader.ApplyRules(config);
        return (config, reader.problems);
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
            Bind(config, section, key, value);
        }
    }

    private void Bind(RunConfig config, string section, YamlScalar name, YamlItem value)
    {
        var fullName = section.Length == 0 ? name.Text : $"{section}.{name.Text}";
        if (lines.TryGetValue(fullName, out var first))
        {
            problems.Add(ConfigErrors.DuplicateKey(source, name.Line, fullName, first));
            return;
        }

        lines[fullName] = name.Line;
        if (section.Length == 0 && ConfigKey.Sections.Contains(name.Text))
        {
            BindSection(config, name.Text, value);
            return;
        }

        var key = ConfigKey.All.FirstOrDefault(k => k.Section == section && k.Name == name.Text);
        if (key is null)
        {
            problems.Add(ConfigErrors.UnknownKey(source, name.Line, fullName, NearestName.Key(section, name.Text)));
        }
        else if (ConfigValue.TryRead(key, value, out var result))
        {
            key.Set(config, result);
        }
        else
        {
            unreadable.Add(fullName);
            problems.Add(ConfigErrors.WrongType(source, value.Line, fullName, value.Form, ConfigValue.Form(key)));
        }
    }

    private void ApplyRules(RunConfig config)
    {
        // A rule over a key that could not be read would judge the default instead.
        foreach (var violation in ConfigRules.Check(config).Where(v => !v.Keys.Any(unreadable.Contains)))
        {
            // The value may be a default that another key's setting made wrong: point at the line that exists.
            var line = violation.Keys.Where(lines.ContainsKey).Select(k => (int?)lines[k]).FirstOrDefault();
            var value = ConfigKey.All.First(k => k.FullName == violation.Key).Get(config);
            problems.Add(
                ConfigErrors.InvalidValue(source, line, violation.Key, ConfigValue.Write(value), violation.Expected));
        }
    }
}
