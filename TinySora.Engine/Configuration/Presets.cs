using System.Text.RegularExpressions;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Configuration;

/// <summary>The presets: the files in configs/, embedded in the assembly.</summary>
public static partial class Presets
{
    private const string Prefix = "configs/";
    private const string Suffix = ".yaml";

    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(Presets).Assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(n => n[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Returns the preset with the most similar name; <c>null</c> if none is similar.</summary>
    public static string? Nearest(string name) => NearestName.Find(name, Names);

    /// <summary>Returns a short description of a preset: the first sentence of its file, its number of steps and the number of clips per step.</summary>
    public static string Summary(string name)
    {
        var text = Text(name);
        var comment = text.ReplaceLineEndings("\n").Split('\n').TakeWhile(line => line.StartsWith('#')).Select(line => line.TrimStart('#', ' '));
        var what = FirstSentence().Match(string.Join(' ', comment)).Value;
        var trainer = ConfigFile.Parse(text, name).Trainer;
        return $"{what} {trainer.TrainNumSteps}{(trainer.TrainNumSteps.InEpochs ? "" : " steps")}, {trainer.ExamplesPerStep} examples per step.";
    }

    /// <summary>Returns the text of a preset's file, including comments.</summary>
    /// <param name="name">Name, ignoring case.</param>
    /// <exception cref="TinySoraException">No preset has this name.</exception>
    public static string Text(string name)
    {
        var known = Names.FirstOrDefault(n => n.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw ConfigErrors.UnknownPreset(name, Names);
        return Resource(known + Suffix);
    }

    /// <summary>Returns the text of a file in configs/.</summary>
    internal static string Resource(string file)
    {
        using var stream = typeof(Presets).Assembly.GetManifestResourceStream(Prefix + file)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^.*?\.(?=\s|$)")]
    private static partial Regex FirstSentence();
}
