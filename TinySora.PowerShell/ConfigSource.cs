using TinySora.Engine.Configuration;

namespace TinySora.PowerShell;

/// <summary>What -Config and -Preset name: the text of a configuration and where it came from.</summary>
/// <param name="Name">The file's path or "preset NAME", for messages.</param>
internal sealed record ConfigSource(string Text, string Name)
{
    /// <summary>What is taken when nothing is named: it needs no download and trains on any machine.</summary>
    public const string DefaultPreset = "shapes-small";

    /// <summary>The family that the configuration names, which tells its keys.</summary>
    public FamilyConfig Family => ConfigFile.FamilyOf(Text, Name);

    public RunConfig Parse() => ConfigFile.Parse(Text, Name);

    /// <summary>The configuration as the caller means it: paths seen from their location, their batch size.</summary>
    /// <param name="settings">Go before what the file says.</param>
    public RunConfig ParseFor(Func<string, string> absolute, int? batchSize, IReadOnlyList<ConfigSetting>? settings = null)
    {
        var config = ConfigFile.Parse(Text, Name, settings);
        return config with
        {
            Family = config.Family.MapPaths(absolute),
            Trainer = config.Trainer with { TrainBatchSize = batchSize ?? config.Trainer.TrainBatchSize },
        };
    }

    public static ConfigSource Preset(string name) => new(Presets.Text(name), $"preset {name}");

    public static ConfigSource File(string absolutePath) => new(ConfigFile.ReadText(absolutePath), absolutePath);

    /// <summary>A preset's name where no file has it, otherwise a file.</summary>
    /// <param name="absolute">Makes a path absolute.</param>
    public static ConfigSource Find(string nameOrPath, Func<string, string> absolute)
    {
        var path = absolute(nameOrPath);
        return Presets.Names.Contains(nameOrPath, StringComparer.OrdinalIgnoreCase) && !System.IO.File.Exists(path)
            ? Preset(nameOrPath)
            : File(path);
    }
}
