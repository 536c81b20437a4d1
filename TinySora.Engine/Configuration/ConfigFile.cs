using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Configuration;

/// <summary>A key whose values differ between two configurations, with both values as YAML.</summary>
public sealed record ConfigDifference(string Key, string Left, string Right)
{
    /// <summary>Returns the difference as one line of an error message.</summary>
    internal string Describe() => $"{Key}: {Left} in the checkpoint, {Right} in this configuration";
}

/// <summary>Reads and writes configurations as YAML files.</summary>
public static class ConfigFile
{
    /// <summary>Maximum size in bytes, far above that of a typical configuration of about fifty lines.</summary>
    private const int SizeLimit = 1 << 20;

    /// <summary>Root key that specifies the family. The family determines the other keys, so settings cannot change it.</summary>
    public const string FamilyKey = "family";

    private const string ResultsKey = "trainer.results_folder";

    private const string FamilyDescription = "Model family; each family has its own sections.";

    /// <summary>The description in files written before version 1.0.</summary>
    private const string FormerFamilyDescription = "The family of models; each has sections of its own.";

    /// <exception cref="TinySoraException">The file is missing or unreadable, or has a problem (the first one that <see cref="Check"/> returns).</exception>
    public static RunConfig Load(string path) => Parse(ReadText(path), path);

    /// <param name="sourceName">File name for messages.</param>
    /// <param name="settings">Values that override those in the file.</param>
    /// <exception cref="TinySoraException">The first problem; its message states how many others there are.</exception>
    public static RunConfig Parse(string yaml, string sourceName, IReadOnlyList<ConfigSetting>? settings = null)
    {
        var (config, problems) = Read(yaml, sourceName, settings);
        return problems.Count == 0 ? config : throw ConfigErrors.First(problems);
    }

    /// <summary>Parses a configuration that TinySora stored with a model. Obsolete keys of the family, which had no effect, are ignored.</summary>
    /// <inheritdoc cref="Parse"/>
    public static RunConfig ParseStored(string yaml, string sourceName, IReadOnlyList<ConfigSetting>? settings = null)
    {
        var (config, problems) = Read(yaml, sourceName, settings, isStored: true);
        return problems.Count == 0 ? config : throw ConfigErrors.First(problems);
    }

    /// <summary>Returns all problems in a configuration text; empty if the configuration is valid.</summary>
    public static IReadOnlyList<TinySoraException> Check(string yaml, string sourceName) => Read(yaml, sourceName).Problems;

    /// <summary>Reads the text of a file for <see cref="Check"/>.</summary>
    /// <param name="followsLink">Whether the file may be a link, for example because the user specified its path.</param>
    /// <exception cref="TinySoraException">The file is missing, unreadable, too large or not text.</exception>
    public static string ReadText(string path, bool followsLink = true)
    {
        try
        {
            if (!File.Exists(path))
            {
                throw ConfigErrors.FileMissing(path, null);
            }

            if (FileStamp.Of(path)?.Length > SizeLimit)
            {
                throw ConfigErrors.TooLarge(path, SizeLimit);
            }

            using var reader = new StreamReader(BusyFile.Open(path, followsLink), StrictUtf8.Encoding);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (FileFailure.Is(e) || e is DecoderFallbackException)
        {
            throw ConfigErrors.Unreadable(path, e);
        }
    }

    /// <summary>Writes the text of a file.</summary>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="TinySoraException">NameTaken, or the file cannot be written. An existing file remains unchanged.</exception>
    public static void WriteText(string path, string text, bool overwrite = true) =>
        AtomicFile.WriteText(path, text, ConfigErrors.CannotWrite, overwrite);

    /// <summary>Returns every key as YAML. Reading the result produces an identical configuration.</summary>
    /// <param name="comments">Whether to add each key's description as a comment.</param>
    public static string ToYaml(RunConfig config, bool comments = false)
    {
        var text = new StringBuilder();
        var section = "";
        AddLine("", FamilyKey, ConfigValue.Write(config.Family.Name), FamilyDescription);
        foreach (var key in ConfigSchema.For(config).Keys)
        {
            if (key.Section != section)
            {
                section = key.Section;
                text.Append('\n').Append(section).Append(":\n");
            }

            AddLine(section.Length == 0 ? "" : "  ", key.Name, key.Text(config), key.Description);
        }

        return text.ToString();

        void AddLine(string indent, string name, string value, string description)
        {
            var line = $"{indent}{name}: {value}";
            text.Append(comments ? $"{line,-40} # {description}" : line).Append('\n');
        }
    }

    /// <summary>Whether a text begins like the output of <see cref="ToYaml"/> with comments enabled.</summary>
    internal static bool HasStoredForm(string text) => text.StartsWith($"{FamilyKey}: ", StringComparison.Ordinal)
        && text.Split('\n', 2)[0].TrimEnd() is var first
        && new[] { FamilyDescription, FormerFamilyDescription }.Any(description => first.EndsWith("# " + description, StringComparison.Ordinal));

    /// <summary>
    /// Returns the keys whose values differ, except keys that may change when a run is resumed. If the families differ, returns only the family key.
    /// </summary>
    public static IReadOnlyList<ConfigDifference> Compare(RunConfig a, RunConfig b) => a.Family.Name != b.Family.Name
        ? [new ConfigDifference(FamilyKey, a.Family.Name, b.Family.Name)]
        :
        [
            .. ConfigSchema.For(a).Keys
                .Where(k => !k.MayChangeOnResume)
                .Select(k => new ConfigDifference(k.FullName, k.Text(a), k.Text(b)))
                .Where(d => d.Left != d.Right),
        ];

    /// <summary>Returns the keys outside of the section <c>model</c> that must have the values of <paramref name="a"/> for its weights to fit.</summary>
    /// <remarks>If the families differ, returns none, because <see cref="Compare"/> returns the family key.</remarks>
    internal static IEnumerable<ConfigDifference> Conflicts(RunConfig a, RunConfig b) => a.Family.Name != b.Family.Name ? []
        : b.Family.ConflictsWithWeightsOf(a.Family).Select(key => ConfigSchema.For(a).Find(key)!)
            .Select(k => new ConfigDifference(k.FullName, k.Text(a), k.Text(b)));

    /// <summary>Returns the keys whose values differ from the family's defaults, except keys that may change when a run is resumed.</summary>
    internal static IReadOnlyList<ConfigDifference> CompareWithDefaults(RunConfig config) => Compare(DefaultsOf(config), config);

    /// <summary>Returns every key with its value, default and description, in file order.</summary>
    public static IReadOnlyList<ConfigEntry> Entries(RunConfig config)
    {
        var defaults = DefaultsOf(config);
        return
        [
            new ConfigEntry(FamilyKey, config.Family.Name, new RunConfig().Family.Name, FamilyDescription),
            .. ConfigSchema.For(config).Keys.Select(k => new ConfigEntry(k.FullName, k.Get(config), k.Get(defaults), k.Description)),
        ];
    }

    /// <summary>
    /// Returns the keys in which configurations differ, with each configuration's value as YAML, such as <c>train_lr=0.0001</c>. Keys of a family are
    /// compared only between configurations of that family. The results folder is omitted, because it differs for every run.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<string>> DescribeDifferences(IReadOnlyList<RunConfig> configs)
    {
        var labels = configs.Select(Labels).ToList();
        var differing = labels.SelectMany(all => all).GroupBy(label => label.Key).Where(key => key.Select(label => label.Value).Distinct().Skip(1).Any())
            .Select(key => key.Key).ToHashSet();
        return [.. labels.Select(all => all.Where(label => differing.Contains(label.Key)).Select(label => label.Text).ToList())];

        static List<(string Key, string Value, string Text)> Labels(RunConfig config)
        {
            var schema = ConfigSchema.For(config);
            return
            [
                (FamilyKey, config.Family.Name, $"{FamilyKey}={config.Family.Name}"),
                .. schema.Keys.Where(key => key.FullName != ResultsKey).Select(key => (key, Value: key.Text(config)))
                    .Select(pair => (pair.key.FullName, pair.Value, schema.Label(pair.key, pair.Value))),
            ];
        }
    }

    /// <summary>Returns the family that a configuration text specifies, with the family's defaults.</summary>
    /// <exception cref="TinySoraException">The errors that <see cref="Parse"/> throws for invalid YAML or an unknown family.</exception>
    public static FamilyConfig FamilyOf(string yaml, string sourceName) => ConfigReader.FamilyOf(YamlTree.Read(yaml, sourceName), sourceName);

    private static RunConfig DefaultsOf(RunConfig config) => new() { Family = FamilyConfigs.Create(config.Family.Name)! };

    private static (RunConfig Config, IReadOnlyList<TinySoraException> Problems) Read(
        string yaml, string sourceName, IReadOnlyList<ConfigSetting>? settings = null, bool isStored = false) =>
        yaml.Length > SizeLimit
            ? throw ConfigErrors.TooLarge(sourceName, SizeLimit)
            : ConfigReader.Read(yaml, sourceName, settings ?? [], isStored);
}
