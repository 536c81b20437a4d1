using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.PowerShell;

/// <summary>Text and origin of the configuration that -Config or -Preset specifies.</summary>
/// <param name="Name">Path of the file, or "preset NAME", for messages.</param>
internal sealed record ConfigSource(string Text, string Name)
{
    /// <summary>Default preset, which does not need a download and trains on any machine.</summary>
    public const string DefaultPreset = "shapes-small";

    /// <summary>Value of -Config that specifies the configuration: path of the file, or name of the preset.</summary>
    public string Argument => PresetName ?? Name;

    private string? PresetName { get; init; }

    /// <summary>Warnings about unused keys in the file.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Family of the configuration, which determines its keys.</summary>
    public FamilyConfig Family => ConfigFile.FamilyOf(Text, Name);

    private bool IsOfCheckpoint { get; init; }

    /// <summary>Whether a run wrote the configuration to its results folder or into a checkpoint.</summary>
    private bool IsStored => IsOfCheckpoint || (System.IO.Path.GetFileName(Name) == ResultsFolder.ConfigName
        && System.IO.File.Exists(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Name)!, MetricsFile.Name)));

    public RunConfig Parse(IReadOnlyList<ConfigSetting>? settings = null) =>
        IsStored ? ConfigFile.ParseStored(Text, Name, settings) : ConfigFile.Parse(Text, Name, settings);

    /// <summary>Parses the configuration. Paths are relative to the caller's location; the caller's batch size overrides that of the file.</summary>
    /// <param name="settings">Settings that override those in the file.</param>
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

    /// <summary>Resolves a path. Files that a stored configuration refers to may have moved, as bundled models do with each module version.</summary>
    private string PathFor(string path, Func<string, string> absolute) =>
        CheckpointNames.OfConfig(path, absolute) is var found && IsStored ? ModelDependency.Locate(Name, found) : found;

    /// <summary>Returns a preset of the module, or a configuration from the hub.</summary>
    public static ConfigSource Preset(string name) => !IsPreset(name) && Hub.Find(name, Hub.ConfigEnding) is string shared
        ? File(shared)
        : new(Presets.Text(name), $"preset {name}") { PresetName = name };

    /// <summary>Returns a configuration file, or the configuration in a checkpoint.</summary>
    public static ConfigSource File(string absolutePath) =>
        absolutePath.EndsWith(CheckpointStore.Extension, StringComparison.OrdinalIgnoreCase)
            ? new(CheckpointStore.Latest(absolutePath).ConfigYaml, absolutePath) { IsOfCheckpoint = true }
            : new(ConfigFile.ReadText(absolutePath), absolutePath);

    /// <summary>Finds a file or, if there is no such file, a preset. If the file configures several training runs, returns the first one.</summary>
    /// <param name="absolute">Function that converts a path to an absolute path.</param>
    public static ConfigSource Find(string nameOrPath, Func<string, string> absolute) => Find(nameOrPath, absolute, parts => parts[0]);

    /// <inheritdoc cref="Find(string, Func{string, string})"/>
    /// <param name="part">Name of the training run, if the file configures several; <c>null</c> if not specified.</param>
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

    /// <summary>Returns the videos that a configuration describes, and warnings about its keys.</summary>
    /// <inheritdoc cref="Locate"/>
    public static (ConfiguredVideos Videos, IReadOnlyList<string> Warnings) VideosOf(string nameOrPath, Func<string, string> absolute)
    {
        var found = Locate(nameOrPath, absolute);
        return DialectFile.Read(found.Text, found.Name) is DialectFile published
            ? (published.Videos, published.Warnings)
            : (new(found.Parse().Trainer.ResultsFolder), []);
    }

    /// <summary>Returns the frame extraction that a published configuration describes, and warnings about its keys.</summary>
    /// <exception cref="TinySoraException">Errors from Locate; NoFrames: the file does not configure frames.</exception>
    public static (ConfiguredFrames Frames, IReadOnlyList<string> Warnings) FramesOf(string nameOrPath, Func<string, string> absolute)
    {
        var found = Locate(nameOrPath, absolute);
        return DialectFile.Read(found.Text, found.Name) is { Frames: ConfiguredFrames frames } published
            ? (frames, published.Warnings)
            : throw ConfigErrors.NoFrames(found.Name);
    }

    /// <summary>Finds a file or, if there is no such file, a preset or a configuration in the hub, without converting its dialect.</summary>
    /// <exception cref="TinySoraException">There is no such file or preset; the error suggests the nearest name.</exception>
    public static ConfigSource Locate(string nameOrPath, Func<string, string> absolute)
    {
        string path;
        try
        {
            path = absolute(nameOrPath);
        }
        catch (TinySoraException) when (IsName(nameOrPath))
        {
            return Preset(nameOrPath); // the current location is not in the file system, for example Env:
        }

        return System.IO.File.Exists(path) ? File(path)
            : IsName(nameOrPath) ? Preset(nameOrPath)
            : Directory.Exists(path) ? throw ConfigErrors.IsFolder(path, System.IO.File.Exists(System.IO.Path.Combine(path, ResultsFolder.ConfigName)))
            : throw Missing(nameOrPath, path);
    }

    private static TinySoraException Missing(string nameOrPath, string path)
    {
        var nearest = Presets.Nearest(System.IO.Path.GetFileNameWithoutExtension(path));
        return nearest is null && !nameOrPath.AsSpan().ContainsAny('.', '/', '\\') ? ConfigErrors.PresetMissing(path, nameOrPath, Presets.Names)
            : ConfigErrors.FileMissing(path, nearest);
    }

    /// <summary>Returns whether a text is the name of a preset, or of a configuration in the hub.</summary>
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
