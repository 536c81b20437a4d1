using TinySora.Engine.Errors;

namespace TinySora.Engine.Configuration;

/// <summary>A configuration file of a published program.</summary>
public sealed class DialectFile
{
    private readonly ConfigDialect dialect;
    private readonly RunConfig read;

    private DialectFile(ConfigDialect dialect, RunConfig read, IReadOnlyList<TinySoraException> problems, IReadOnlyList<string> warnings) =>
        (this.dialect, this.read, Problems, Warnings) = (dialect, read, problems, warnings);

    /// <summary>Problems in the file that prevent training.</summary>
    public IReadOnlyList<TinySoraException> Problems { get; }

    /// <summary>Warnings about keys that have no effect.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <inheritdoc cref="ConfigDialect.Parts"/>
    public IReadOnlyList<string> Parts => dialect.Parts;

    /// <summary>Every key with its value and description, in the order of the published files.</summary>
    public IReadOnlyList<ConfigEntry> Entries
    {
        get
        {
            var defaults = new RunConfig { Family = dialect.NewSections() };
            return [.. ConfigSchema.For(read).KeysOfFamily.Select(key => new ConfigEntry(key.FullName, key.Get(read), key.Get(defaults), key.Description))];
        }
    }

    /// <summary>Reads a file in any known dialect; returns <c>null</c> for a TinySora configuration.</summary>
    /// <exception cref="TinySoraException">The text is not YAML.</exception>
    public static DialectFile? Read(string yaml, string source)
    {
        if (YamlTree.Read(yaml, source) is not YamlMap map || map.Pairs.Any(pair => pair.Key.Text == ConfigFile.FamilyKey))
        {
            return null;
        }

        foreach (var dialect in ConfigDialect.All)
        {
            var sections = dialect.NewSections();
            if (map.Pairs.Any(pair => ConfigSchema.For(sections).SectionsOfFamily.Contains(pair.Key.Text)))
            {
                var config = new RunConfig { Family = sections };
                var (problems, warnings) = ConfigReader.ReadDialect(config, map, source);
                return new DialectFile(dialect, config, problems, warnings);
            }
        }

        return null;
    }

    /// <inheritdoc cref="ConfigDialect.Videos"/>
    /// <exception cref="TinySoraException">The first problem of the file.</exception>
    public ConfiguredVideos Videos => Problems.Count == 0 ? dialect.Videos(read.Family) : throw ConfigErrors.First(Problems);

    /// <inheritdoc cref="ConfigDialect.Frames"/>
    /// <exception cref="TinySoraException">The first problem of the file.</exception>
    public ConfiguredFrames? Frames => Problems.Count == 0 ? dialect.Frames(read.Family) : throw ConfigErrors.First(Problems);

    /// <summary>Converts one training stage of the file to a TinySora configuration.</summary>
    /// <param name="source">File name for messages.</param>
    /// <param name="part">Name of the training stage, ignoring case; <c>null</c> if not specified.</param>
    /// <exception cref="TinySoraException">WhichPart, NoSuchPart; the first problem of the file.</exception>
    public RunConfig Convert(string source, string? part)
    {
        if (part is null)
        {
            throw ConfigErrors.WhichPart(source, dialect.Name, Parts);
        }

        var known = Parts.FirstOrDefault(name => name.Equals(part, StringComparison.OrdinalIgnoreCase)) ?? throw ConfigErrors.NoSuchPart(source, part, Parts);
        return Problems.Count == 0 ? dialect.Convert(read.Family, known) : throw ConfigErrors.First(Problems);
    }
}
