using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.PowerShell;

/// <summary>What -Config and -Preset name: the text of a configuration and where it came from.</summary>
/// <param name="Name">The file's path or "preset NAME", for messages.</param>
internal sealed record ConfigSource(string Text, string Name)
{
    /// <summary>What is taken when nothing is named: it needs no download and trains on any machine.</summary>
    public const string DefaultPreset = "shapes-small";

    /// <summary>Warnings about keys of the file that nothing reads.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>The family that the configuration names, which tells its keys.</summary>
    public FamilyConfig Family => ConfigFile.FamilyOf(Text, Name);

    private bool IsOfCheckpoint { get; init; }

    /// <summary>Whether a run has written it, into its folder or into a checkpoint.</summary>
    private bool IsStored => IsOfCheckpoint || (System.IO.Path.GetFileName(Name) == ResultsFolder.ConfigName
        && System.IO.File.Exists(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Name)!, MetricsFile.Name)));

    public RunConfig Parse(IReadOnlyList<ConfigSetting>? settings = null) =>
        IsStored ? ConfigFile.ParseStored(Text, Name, settings) : ConfigFile.Parse(Text, Name, settings);

    /// <summary>The configuration as the caller means it: paths seen from their location, their batch size.</summary>
    /// <param name="settings">Go before what the file says.</param>
    public RunConfig ParseFor(Func<string, string> absolute, int? batchSize, IReadOnlyList<ConfigSetting>? settings = null)
    {
        var config = Parse(settings);
        return config with
        {
            Family = config.Family.MapPaths(path => PathFor(path, absolute)),
            Trainer = config.Trainer with
            {
                TrainBatchSize = batchSize ?? config.Trainer.TrainBatchSize,
                KeepIf = config.Trainer.KeepIf is string rows ? absolute(rows) : null,
            },
        };
    }

    /// <summary>What a run has stored may have moved since, as the module's models do with each version.</summary>
    private string PathFor(string path, Func<string, string> absolute) =>
        CheckpointNames.OfConfig(path, absolute) is var found && IsStored ? Companion.Near(Name, found) : found;

    /// <summary>A preset of the module, or a configuration of the hub.</summary>
    public static ConfigSource Preset(string name) => !IsPreset(name) && Hub.Find(name, Hub.ConfigEnding) is string shared
        ? File(shared)
        : new(Presets.Text(name), $"preset {name}");

    /// <summary>A configuration file, or the configuration that a checkpoint holds.</summary>
    public static ConfigSource File(string absolutePath) =>
        absolutePath.EndsWith(CheckpointStore.Extension, StringComparison.OrdinalIgnoreCase)
            ? new(CheckpointStore.Latest(absolutePath).ConfigYaml, absolutePath) { IsOfCheckpoint = true }
            : new(ConfigFile.ReadText(absolutePath), absolutePath);

    /// <summary>A preset's name where no file has it, otherwise a file; one for several trainings is taken for its first.</summary>
    /// <param name="absolute">Makes a path absolute.</param>
    public static ConfigSource Find(string nameOrPath, Func<string, string> absolute) => Find(nameOrPath, absolute, parts => parts[0]);

    /// <inheritdoc cref="Find(string, Func{string, string})"/>
    /// <param name="part">Which training of a file that is for several; null: nobody has said.</param>
    public static ConfigSource FindPart(string nameOrPath, Func<string, string> absolute, string? part)
    {
        var isForSeveral = false;
        var source = Find(nameOrPath, absolute, _ =>
        {
            isForSeveral = true;
            return part;
        });
        return part is null || isForSeveral ? source : throw ConfigErrors.NoSuchPart(source.Name, part, []);
    }

    /// <summary>The videos of a configuration, and what is wrong with it that does not keep it from being read.</summary>
    /// <inheritdoc cref="Locate"/>
    public static (ConfiguredVideos Videos, IReadOnlyList<string> Warnings) VideosOf(string nameOrPath, Func<string, string> absolute)
    {
        var found = Locate(nameOrPath, absolute);
        return DialectFile.Read(found.Text, found.Name) is DialectFile published
            ? (published.Videos, published.Warnings)
            : (new(found.Parse().Trainer.ResultsFolder), []);
    }

    /// <summary>The frames that a published configuration has captured, and warnings about its keys.</summary>
    /// <exception cref="TinySoraException">Locate's; NoFrames: the file says nothing of frames.</exception>
    public static (ConfiguredFrames Frames, IReadOnlyList<string> Warnings) FramesOf(string nameOrPath, Func<string, string> absolute)
    {
        var found = Locate(nameOrPath, absolute);
        return DialectFile.Read(found.Text, found.Name) is { Frames: ConfiguredFrames frames } published
            ? (frames, published.Warnings)
            : throw ConfigErrors.NoFrames(found.Name);
    }

    /// <summary>A file, a preset's name where no file has it, or the name of a configuration of the hub; as it is, in whosever form.</summary>
    /// <exception cref="TinySoraException">Neither is there; what comes nearest is named.</exception>
    public static ConfigSource Locate(string nameOrPath, Func<string, string> absolute)
    {
        string path;
        try
        {
            path = absolute(nameOrPath);
        }
        catch (TinySoraException) when (IsName(nameOrPath))
        {
            return Preset(nameOrPath); // the current location has no files, as Env: has none
        }

        return System.IO.File.Exists(path) ? File(path)
            : IsName(nameOrPath) ? Preset(nameOrPath)
            : Directory.Exists(path) ? throw ConfigErrors.IsFolder(path, System.IO.File.Exists(System.IO.Path.Combine(path, ResultsFolder.ConfigName)))
            : throw ConfigErrors.FileMissing(path, Presets.Nearest(System.IO.Path.GetFileNameWithoutExtension(path)));
    }

    /// <summary>Whether a file has this name, which is written without a path.</summary>
    public static bool IsName(string text) => IsPreset(text) || Hub.Find(text, Hub.ConfigEnding) is not null;

    public static bool IsPreset(string name) => Presets.Names.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static ConfigSource Find(string nameOrPath, Func<string, string> absolute, Func<IReadOnlyList<string>, string?> part)
    {
        var found = Locate(nameOrPath, absolute);
        return DialectFile.Read(found.Text, found.Name) is DialectFile published
            ? found with { Text = ConfigFile.ToYaml(published.Convert(found.Name, part(published.Parts))), Warnings = published.Warnings }
            : found;
    }
}
