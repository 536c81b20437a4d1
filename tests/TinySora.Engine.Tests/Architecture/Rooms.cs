using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>The sub-folders of a folder of the engine, and the cycles among them: each can be read without the others, within a layer, too.</summary>
internal static partial class Rooms
{
    private const string Root = "TinySora.Engine";

    /// <summary>Returns the first line of each dependency that closes a cycle among the sub-folders of one folder, including the folder itself.</summary>
    public static IReadOnlyList<string> Circles(IReadOnlyList<Floors.Source> sources)
    {
        var arrows = Arrows(sources).DistinctBy(arrow => (arrow.From, arrow.To)).ToList();
        var next = arrows.ToLookup(arrow => arrow.From, arrow => arrow.To);
        return
        [
            .. arrows.Where(arrow => Reach.From(arrow.To, next).Contains(arrow.From)).Select(arrow => $"{arrow}, which in turn uses {arrow.From}: a circle"),
        ];
    }

    /// <summary>Returns the dependencies, one per line. Namespaces below need a using; the types of a parent folder are visible without one.</summary>
    private static IEnumerable<Floors.Arrow> Arrows(IReadOnlyList<Floors.Source> sources)
    {
        var folders = sources.Select(Room).ToHashSet(StringComparer.Ordinal);
        var types = sources.SelectMany(source => TypeName().Matches(source.Text).Select(type => (Folder: Room(source), Name: type.Groups["name"].Value)))
            .ToLookup(type => type.Folder, type => type.Name);
        foreach (var source in sources)
        {
            var from = Room(source);
            var above = folders.Where(folder => from.StartsWith($"{folder}.", StringComparison.Ordinal))
                .SelectMany(folder => types[folder].Select(name => (Name: name, Folder: folder))).Where(type => !types[from].Contains(type.Name))
                .ToLookup(type => type.Name, type => type.Folder);
            foreach (var (number, line) in source.Text.Split('\n').Select((line, i) => (i + 1, NoCode().Replace(line, ""))))
            {
                var used = Using().Match(line) is { Success: true } match ? [match.Groups["folder"].Value] : Word().Matches(line).SelectMany(word => above[word.Value]);
                foreach (var to in used.Where(to => to != from && folders.Contains(to) && Top(to) == Top(from)).Distinct(StringComparer.Ordinal))
                {
                    yield return new Floors.Arrow(from, to, source.Path, number);
                }
            }
        }
    }

    private static string Room(Floors.Source source) => (Path.GetDirectoryName(source.Path) ?? "").Replace('\\', '.').Replace('/', '.');

    /// <summary>Returns the root of a file's sub-folders. Floors checks the three layers of families; within a family, folders are like any others.</summary>
    private static string Top(string folder) => folder.Split('.') is ["Families", var family, ..] ? $"Families.{family}" : folder.Split('.')[0];

    [GeneratedRegex($@"^using (?:static )?{Root}\.(?<folder>[\w.]+);")]
    private static partial Regex Using();

    [GeneratedRegex(@"(?:^|\s)//.*|""(?:[^""\\]|\\.)*""|^namespace .*")]
    private static partial Regex NoCode();

    // Excludes an assigned property, which may have the name of a type.
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*\b(?! = )")]
    private static partial Regex Word();

    [GeneratedRegex(@"^(?:\w+ )*(?:class|struct|interface|enum|record|delegate [\w<>?\[\]]+) (?<name>[A-Z]\w*)", RegexOptions.Multiline)]
    private static partial Regex TypeName();
}
