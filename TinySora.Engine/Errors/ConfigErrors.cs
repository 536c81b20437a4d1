namespace TinySora.Engine.Errors;

/// <summary>Errors in configurations. Messages contain positions in the form FILE:LINE, which editors and terminals can open.</summary>
public static class ConfigErrors
{
    public const string UnknownKeyId = "TinySora.Config.UnknownKey";

    private const string ShowKeys = "Get-TinySoraConfig lists every key with its default and meaning.";

    public static TinySoraException FileMissing(string path, string? nearestPreset) => new(
        "TinySora.Config.FileMissing", ErrorKind.ObjectNotFound, path,
        $"The configuration file {path} does not exist" + (nearestPreset is null ? "." : $"; did you mean the preset {nearestPreset}?"),
        (nearestPreset is null ? "Check the path, " : $"Use {nearestPreset}, check the path, ") + "or create a file with New-TinySoraConfig.");

    public static TinySoraException PresetMissing(string path, string name, IEnumerable<string> presets) => new(
        "TinySora.Config.FileMissing", ErrorKind.ObjectNotFound, path,
        $"There is no preset {name}, and the file {path} does not exist.",
        $"Check the path, create a file with New-TinySoraConfig, or use one of the presets: {string.Join(", ", presets)}.");

    public static TinySoraException IsFolder(string path, bool isRun) => new(
        "TinySora.Config.IsFolder", ErrorKind.InvalidArgument, path,
        $"{path} is a folder, but a configuration must be a file or a preset.",
        isRun ? $"Specify the configuration file of the run: {System.IO.Path.Combine(path, "config.yaml")}."
            : "To train on the clips in a folder, specify the folder with -DataPath, as in Start-TinySoraTraining -DataPath ./training_data.");

    public static TinySoraException Unreadable(string path, Exception inner) => new(
        "TinySora.Config.Unreadable", ErrorKind.ReadError, path,
        $"The configuration file {path} cannot be read: {inner.Message}",
        "Check that the file is a UTF-8 text file and that you have permission to read it.", inner);

    public static TinySoraException CannotWrite(string path, Exception inner) => new(
        "TinySora.Config.CannotWrite", ErrorKind.WriteError, path,
        $"{path} cannot be written: {inner.Message}",
        "Free disk space, or specify a folder that you can write to. If the file already exists, it is unchanged.", inner);

    public static TinySoraException TooLarge(string source, int limit) => new(
        "TinySora.Config.TooLarge", ErrorKind.InvalidData, source,
        $"{source} is larger than {limit >> 20} MiB, the limit for a configuration.",
        "Specify a YAML file like those that New-TinySoraConfig writes.");

    public static TinySoraException Syntax(string source, int line, string problem, Exception inner) => new(
        "TinySora.Config.Syntax", ErrorKind.InvalidData, source,
        $"{source}:{line}: invalid YAML: {problem}",
        "Check quotes, colons and indentation on this line; indent with spaces.", inner);

    public static TinySoraException Refused(string source, int line, string what) => new(
        "TinySora.Config.Refused", ErrorKind.InvalidData, source,
        $"{source}:{line}: {what} is not allowed in a configuration.",
        "Write a single YAML document that contains only sections, keys, plain values and lists of plain values.");

    public static TinySoraException NotASection(string source, int line, string section, string found) => new(
        "TinySora.Config.NotASection", ErrorKind.InvalidData, section.Length == 0 ? source : section,
        section.Length == 0
            ? $"{source}:{line}: the file contains {found}; expected sections with keys."
            : $"{source}:{line}: {section} is {found}; expected a section with keys.",
        "Write the name of a section, such as 'model:', on a line of its own, and indent its keys below it. " + ShowKeys);

    public static TinySoraException UnknownKey(string source, int? line, string key, string? nearest) => new(
        UnknownKeyId, ErrorKind.InvalidArgument, key,
        $"{At(source, line)}: unknown key {key}" + (nearest is null ? "." : $"; did you mean {nearest}?"),
        (nearest is null ? "Remove the key. " : $"Use {nearest}, or remove the key. ") + ShowKeys);

    public static TinySoraException TooManyProblems(string source, int line, int most) => new(
        "TinySora.Config.TooManyProblems", ErrorKind.InvalidData, source,
        $"{source}:{line}: the file has at least {most} problems; checking stopped at this line.",
        "Check that the file is a TinySora configuration. If it is, correct the listed problems and check the file again.");

    /// <param name="example">A key in the section.</param>
    public static TinySoraException SectionSet(string source, string section, string example) => new(
        "TinySora.Config.SectionSet", ErrorKind.InvalidArgument, section,
        $"{source}: {section} is a section and cannot have a value itself.",
        $"Use one of its keys, such as {example}. " + ShowKeys);

    /// <param name="keys">Keys that only some presets have, each with the presets that have it.</param>
    public static TinySoraException NoPresetHasAll(IEnumerable<(string Key, IEnumerable<string> Presets)> keys) => new(
        "TinySora.Config.NoPresetHasAll", ErrorKind.InvalidArgument, keys.Select(key => key.Key).ToList(),
        "No preset that -Budget can choose has all keys in -Set. Presets for each key: "
            + $"{string.Join(", ", keys.Select(key => $"{key.Key} ({string.Join(", ", key.Presets)})"))}.",
        "Set only keys that a single preset has. You can choose that preset with Start-TinySoraTraining -Config, and its training time with -Budget.");

    /// <param name="pattern">Key or pattern that the user may have meant; <c>null</c> if there is none.</param>
    public static TinySoraException NoSuchKey(string source, string key, string? pattern) => new(
        "TinySora.Config.NoSuchKey", ErrorKind.ObjectNotFound, key,
        $"{source} has no key {key}" + (pattern is null ? "." : $"; did you mean {pattern}?"),
        "Get-TinySoraConfig lists every key of a configuration or preset. For the keys of another family, specify a preset of that family.");

    public static TinySoraException MissingKey(string source, string key, string description) => new(
        "TinySora.Config.MissingKey", ErrorKind.InvalidData, key,
        $"{source}: {key} is missing.",
        $"Add the key to the file. Its description: {description}");

    public static TinySoraException WhichPart(string source, string dialect, IReadOnlyList<string> parts) => new(
        "TinySora.Config.WhichPart", ErrorKind.InvalidArgument, source,
        $"{source} is a {dialect} configuration that defines several training runs: {string.Join(", ", parts)}.",
        $"Choose one, as in Start-TinySoraTraining -Part {parts[0]}.");

    public static TinySoraException NoSuchPart(string source, string part, IReadOnlyList<string> parts) => new(
        "TinySora.Config.NoSuchPart", ErrorKind.InvalidArgument, part,
        parts.Count == 0 ? $"{source} defines a single training run and has no part {part}."
            : $"{source} defines the training runs {string.Join(", ", parts)}, but not {part}.",
        parts.Count == 0 ? "Omit the part." : $"Choose a training run of the file, for example {parts[0]}.");

    public static TinySoraException NoFrames(string source) => new(
        "TinySora.Config.NoFrames", ErrorKind.InvalidArgument, source,
        $"{source} does not specify which videos to extract frames from; only configurations from the Latte tutorial do.",
        "Specify the videos with -Path, and the fraction of frames to keep with -Probability.");

    public static TinySoraException DuplicateKey(string source, int line, string key, int firstLine) => new(
        "TinySora.Config.DuplicateKey", ErrorKind.InvalidData, key,
        $"{source}:{line}: duplicate key {key}, which is already set on line {firstLine}.",
        "Remove one of the two lines.");

    public static TinySoraException WrongType(string source, int? line, string key, string found, string expected) => new(
        "TinySora.Config.WrongType", ErrorKind.InvalidArgument, key,
        $"{At(source, line)}: {key} is {found}; expected {expected}.",
        $"Set {key} to {expected}.");

    public static TinySoraException InvalidValue(string source, int? line, string key, string found, string expected) => new(
        "TinySora.Config.InvalidValue", ErrorKind.InvalidArgument, key,
        $"{At(source, line)}: {key} is {found}; expected {expected}.",
        $"Set {key} to {expected}. {ShowKeys}");

    public static TinySoraException NoValue(string key) => new(
        "TinySora.Config.NoValue", ErrorKind.InvalidArgument, key,
        $"-Set has an empty list of values for {key}.",
        "Specify at least one value, or omit the key.");

    public static TinySoraException BadRange(string key, string range) => new(
        "TinySora.Config.BadRange", ErrorKind.InvalidArgument, range,
        $"The range {range} of {key} in -Set is not valid: the lower bound must be less than the upper bound and, "
            + "because values are sampled on a logarithmic scale, greater than 0.",
        "Specify a range such as '1e-5..1e-3', or a list of values.");

    public static TinySoraException RangeNeedsTrials(string key, string range) => new(
        "TinySora.Config.RangeNeedsTrials", ErrorKind.InvalidArgument, range,
        $"-Set specifies the range {range} for {key}. A range has no fixed list of values, so the combinations cannot be enumerated.",
        "Set the number of combinations to sample with -Trials, or specify a list of values.");

    public static TinySoraException UnknownPreset(string name, IEnumerable<string> names) => new(
        "TinySora.Config.UnknownPreset", ErrorKind.ObjectNotFound, name,
        $"There is no preset {name}; available presets: {string.Join(", ", names)}.",
        "Use one of these presets.");

    private static string At(string source, int? line) => line is null ? source : $"{source}:{line}";

    /// <summary>Returns the first of several problems. Its message contains the number of other problems.</summary>
    internal static TinySoraException First(IReadOnlyList<TinySoraException> problems)
    {
        var first = problems[0];
        return problems.Count == 1
            ? first
            : new TinySoraException(first.Id, first.Kind, first.Target,
                $"{first.Message} ({(problems.Count == 2 ? "1 more problem" : $"{problems.Count - 1} more problems")})",
                $"{first.Advice} Test-TinySoraConfig shows all problems.", first.InnerException);
    }
}
