namespace TinySora.Engine.Errors;

/// <summary>What can be wrong with a configuration. Positions are written FILE:LINE, which editors and terminals open.</summary>
public static class ConfigErrors
{
    public const string UnknownKeyId = "TinySora.Config.UnknownKey";

    private const string ShowKeys = "Get-TinySoraConfig lists every key with its default and meaning.";

    public static TinySoraException FileMissing(string path, string? nearestPreset) => new(
        "TinySora.Config.FileMissing", ErrorKind.ObjectNotFound, path,
        $"The configuration file {path} does not exist" + (nearestPreset is null ? "." : $"; did you mean the preset {nearestPreset}?"),
        (nearestPreset is null ? "Check the path, " : $"Write {nearestPreset}, check the path, ") + "or write a file with New-TinySoraConfig.");

    public static TinySoraException IsFolder(string path, bool isRun) => new(
        "TinySora.Config.IsFolder", ErrorKind.InvalidArgument, path,
        $"{path} is a folder, and a configuration is a file or a preset.",
        isRun ? $"Name the run's configuration, {System.IO.Path.Combine(path, "config.yaml")}."
            : "Name a folder of clips with -DataPath, as in Start-TinySoraTraining -DataPath ./training_data.");

    public static TinySoraException Unreadable(string path, Exception inner) => new(
        "TinySora.Config.Unreadable", ErrorKind.ReadError, path,
        $"The configuration file {path} cannot be read: {inner.Message}",
        "Check that it is a text file in UTF-8 and that you may read it.", inner);

    public static TinySoraException CannotWrite(string path, Exception inner) => new(
        "TinySora.Config.CannotWrite", ErrorKind.WriteError, path,
        $"{path} cannot be written, and a file that was there before is unchanged: {inner.Message}",
        "Free disk space, or name a folder that you may write to.", inner);

    public static TinySoraException TooLarge(string source, int limit) => new(
        "TinySora.Config.TooLarge", ErrorKind.InvalidData, source,
        $"{source} is larger than {limit >> 20} MiB, which no configuration is.",
        "Name a YAML file such as New-TinySoraConfig writes.");

    public static TinySoraException Syntax(string source, int line, string problem, Exception inner) => new(
        "TinySora.Config.Syntax", ErrorKind.InvalidData, source,
        $"{source}:{line}: no valid YAML: {problem}",
        "Check quotes, colons and indentation at this line; indent with spaces.", inner);

    public static TinySoraException Refused(string source, int line, string what) => new(
        "TinySora.Config.Refused", ErrorKind.InvalidData, source,
        $"{source}:{line}: {what} is not allowed in a configuration.",
        "Write one document of sections with plain values.");

    public static TinySoraException NotASection(string source, int line, string section, string found) => new(
        "TinySora.Config.NotASection", ErrorKind.InvalidData, section.Length == 0 ? source : section,
        section.Length == 0
            ? $"{source}:{line}: the file holds {found}; expected sections with keys."
            : $"{source}:{line}: {section} is {found}; expected a section with keys.",
        "Write 'model:' on a line of its own and its keys indented below it. " + ShowKeys);

    public static TinySoraException UnknownKey(string source, int? line, string key, string? nearest) => new(
        UnknownKeyId, ErrorKind.InvalidArgument, key,
        $"{At(source, line)}: unknown key {key}" + (nearest is null ? "." : $"; did you mean {nearest}?"),
        (nearest is null ? "Remove it. " : $"Write {nearest}, or remove the line. ") + ShowKeys);

    public static TinySoraException TooManyProblems(string source, int line, int most) => new(
        "TinySora.Config.TooManyProblems", ErrorKind.InvalidData, source,
        $"{source}:{line}: the file has more than {most} problems; from this line on it was not checked.",
        "Check that it is a configuration of TinySora. If it is, correct the problems that are listed, then check it again.");

    /// <param name="example">A key of the section.</param>
    public static TinySoraException SectionSet(string source, string section, string example) => new(
        "TinySora.Config.SectionSet", ErrorKind.InvalidArgument, section,
        $"{source}: {section} is a section of keys, and takes no value itself.",
        $"Name a key of it, such as {example}. " + ShowKeys);

    /// <param name="keys">The keys that not all presets have, each with those that have it.</param>
    public static TinySoraException NoPresetHasAll(IEnumerable<(string Key, IEnumerable<string> Presets)> keys) => new(
        "TinySora.Config.NoPresetHasAll", ErrorKind.InvalidArgument, keys.Select(key => key.Key).ToList(),
        $"No preset of -Budget has all keys of -Set: {string.Join(", ", keys.Select(key => $"{key.Key} ({string.Join(", ", key.Presets)})"))}.",
        "Give keys of one of them alone; Start-TinySoraTraining -Config names it, and -Budget then says how long it trains.");

    /// <param name="pattern">Keys that may have been meant.</param>
    public static TinySoraException NoSuchKey(string source, string key, string? pattern) => new(
        "TinySora.Config.NoSuchKey", ErrorKind.ObjectNotFound, key,
        $"{source} has no key {key}" + (pattern is null ? "." : $"; did you mean {pattern}?"),
        "Get-TinySoraConfig lists every key of a configuration or preset; those of other families are in their presets.");

    public static TinySoraException MissingKey(string source, string key, string description) => new(
        "TinySora.Config.MissingKey", ErrorKind.InvalidData, key,
        $"{source}: {key} is missing.",
        $"Add it: {description}");

    public static TinySoraException WhichPart(string source, string dialect, IReadOnlyList<string> parts) => new(
        "TinySora.Config.WhichPart", ErrorKind.InvalidArgument, source,
        $"{source} is a configuration of {dialect}, which is for several trainings: {string.Join(", ", parts)}.",
        $"Say which, as in Start-TinySoraTraining -Part {parts[0]}.");

    public static TinySoraException NoSuchPart(string source, string part, IReadOnlyList<string> parts) => new(
        "TinySora.Config.NoSuchPart", ErrorKind.InvalidArgument, part,
        parts.Count == 0 ? $"{source} is for one training; it has no part {part}."
            : $"{source} is for the trainings {string.Join(", ", parts)}, not for {part}.",
        parts.Count == 0 ? "Name no part." : $"Name the part {parts[0]}.");

    public static TinySoraException NoFrames(string source) => new(
        "TinySora.Config.NoFrames", ErrorKind.InvalidArgument, source,
        $"{source} does not say which videos frames are captured from: only a configuration of the Latte tutorial does.",
        "Name the videos with -Path, and how many frames are kept with -Probability.");

    public static TinySoraException DuplicateKey(string source, int line, string key, int firstLine) => new(
        "TinySora.Config.DuplicateKey", ErrorKind.InvalidData, key,
        $"{source}:{line}: {key} is given twice; the first time in line {firstLine}.",
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
        $"-Set names {key} and an empty list of values for it.",
        "Give at least one value, or leave the key out.");

    public static TinySoraException BadRange(string key, string range) => new(
        "TinySora.Config.BadRange", ErrorKind.InvalidArgument, range,
        $"-Set names the range {range} for {key}: its first number must be above 0, since powers are drawn, and below its last.",
        "Write it as in '1e-5..1e-3', or give a list of values.");

    public static TinySoraException RangeNeedsTrials(string key, string range) => new(
        "TinySora.Config.RangeNeedsTrials", ErrorKind.InvalidArgument, range,
        $"-Set names the range {range} for {key}, which has no end of values to combine.",
        "Say with -Trials how many combinations to draw from it, or give a list of values.");

    public static TinySoraException UnknownPreset(string name, IEnumerable<string> names) => new(
        "TinySora.Config.UnknownPreset", ErrorKind.ObjectNotFound, name,
        $"There is no preset {name}; there are {string.Join(", ", names)}.",
        "Name one of them.");

    private static string At(string source, int? line) => line is null ? source : $"{source}:{line}";

    /// <summary>The first of several problems, saying how many more there are.</summary>
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
