using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>The layers of the engine's folders, and the lines of its source that use a higher layer or close a cycle.</summary>
internal static partial class Floors
{
    private const string Root = "TinySora.Engine";
    private const string Families = "Families";
    private const string BuiltIn = $"{Families}.BuiltIn";

    /// <summary>
    /// Layers, the lowest first. A folder may use folders of lower layers, and of its own layer if that closes no cycle. Files directly in
    /// Families hold what all code may know of a model. Each family is a folder of its own, in the layer "Families.*", and the list of
    /// families is above them.
    /// </summary>
    public static readonly IReadOnlyList<IReadOnlyList<string>> LowestFirst =
    [
        ["Errors"],
        ["Files", "Formats", "Media", "Configuration", "Installation"],
        ["Compute"],
        ["Data", "Text", "Layers", "Diffusion"],
        [Families],
        ["Training", "Models", "Generation", "Evaluation", "Runs", "Studio", "Latents"],
        [$"{Families}.*"],
        ["Dialects", BuiltIn],
    ];

    /// <summary>Returns the violations, each with its file and line.</summary>
    public static IReadOnlyList<string> Problems(IReadOnlyList<Source> sources)
    {
        var problems = sources.SelectMany(Hidden).ToList();
        var arrows = Arrows(sources);
        problems.AddRange(arrows.Where(arrow => FloorOf(arrow.To) < 0).Select(arrow => $"{arrow}, which is on no floor"));
        problems.AddRange(arrows.Where(arrow => FloorOf(arrow.To) > FloorOf(arrow.From)).Select(arrow => $"{arrow}, which is above it"));
        var along = arrows.Where(arrow => FloorOf(arrow.To) == FloorOf(arrow.From)).ToList();
        var next = along.ToLookup(arrow => arrow.From, arrow => arrow.To);
        problems.AddRange(along.Where(arrow => Reach.From(arrow.To, next).Contains(arrow.From))
            .Select(arrow => $"{arrow}, which in turn uses {arrow.From}: a circle"));
        return problems;
    }

    /// <summary>Returns every line that uses another folder.</summary>
    public static List<Arrow> Arrows(IReadOnlyList<Source> sources)
    {
        var types = sources.ToLookup(source => source.Folder, source => TypesOf(source.Text)).ToDictionary(
            folder => folder.Key, folder => folder.SelectMany(names => names).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        return [.. sources.SelectMany(source => ArrowsOf(source, types))];
    }

    /// <summary>Returns the folder of a file: Data for Data/Store/ClipStore.cs, and Families.PixelUNet for Families/PixelUNet/UNet3D.cs.</summary>
    public static string FolderOf(string path) => path.Split('/') is [Families, var family, _, ..] ? $"{Families}.{family}" : path.Split('/')[0];

    /// <summary>Returns the index of a folder's layer, or -1 if it has none.</summary>
    public static int FloorOf(string folder)
    {
        for (var floor = 0; floor < LowestFirst.Count; floor++)
        {
            if (LowestFirst[floor].Contains(folder) || (folder != BuiltIn && LowestFirst[floor].Contains($"{folder.Split('.')[0]}.*") && folder.Contains('.')))
            {
                return floor;
            }
        }

        return -1;
    }

    /// <summary>Returns constructs that would hide what the lines of a file, or of all files, use.</summary>
    private static IEnumerable<string> Hidden(Source source)
    {
        foreach (var (number, line) in Code(source.Text))
        {
            if (line.StartsWith("global using", StringComparison.Ordinal) && line.Contains(Root, StringComparison.Ordinal))
            {
                yield return $"{Root}/{source.Path}:{number} is a global using, which hides what files use";
            }

            var space = NamespaceLine().Match(line);
            if (space.Success && !$"{space.Groups["name"].Value}.".StartsWith($"{Root}.{source.Folder}.", StringComparison.Ordinal))
            {
                yield return $"{Root}/{source.Path}:{number} has not the namespace of its folder, {Root}.{source.Folder}";
            }
        }
    }

    private static IEnumerable<Arrow> ArrowsOf(Source source, Dictionary<string, HashSet<string>> types)
    {
        foreach (var (number, line) in Code(source.Text).Where(line => !NamespaceLine().IsMatch(line.Text)))
        {
            foreach (var to in Named(line, types).Where(to => to != source.Folder).Distinct(StringComparer.Ordinal))
            {
                yield return new Arrow(source.Folder, to, source.Path, number);
            }
        }
    }

    /// <summary>Returns the folders that a line names: by their full name, or by a part of it before one of their types.</summary>
    private static IEnumerable<string> Named(string line, Dictionary<string, HashSet<string>> types)
    {
        foreach (var names in WholeName().Matches(line).Select(match => match.Groups["names"].Value.Split('.')))
        {
            var family = string.Join('.', names.Take(2));
            yield return names[0] == Families && types.ContainsKey(family) ? family : names[0];
        }

        foreach (var names in PartName().Matches(line).Select(match => match.Value.Split('.')))
        {
            for (var i = 0; i + 1 < names.Length && (i == 0 || names[i - 1] is "TinySora" or "Engine" or Families); i++)
            {
                string[] meant = [names[i], $"{Families}.{names[i]}"];
                foreach (var folder in meant.Where(folder => types.TryGetValue(folder, out var there) && names[(i + 1)..].Any(there.Contains)))
                {
                    yield return folder;
                }
            }
        }
    }

    /// <summary>Returns the lines with their numbers, without comments.</summary>
    private static IEnumerable<(int Number, string Text)> Code(string text) =>
        text.Split('\n').Select((line, i) => (i + 1, Comment().Replace(line, "").Trim()));

    private static IEnumerable<string> TypesOf(string text) => TypeName().Matches(text).Select(match => match.Groups["name"].Value);

    [GeneratedRegex(@"(?:^|\s)//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)")]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"\bTinySora\.Engine\.(?<names>\w+(?:\.\w+)*)")]
    private static partial Regex WholeName();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*(?:\.[A-Z]\w*)+")]
    private static partial Regex PartName();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record|delegate [\w<>?\[\]]+) (?<name>[A-Z]\w*)")]
    private static partial Regex TypeName();

    /// <param name="Path">Path relative to the engine's folder, with slashes.</param>
    public sealed record Source(string Path, string Text)
    {
        public string Folder => FolderOf(Path);
    }

    public sealed record Arrow(string From, string To, string File, int Line)
    {
        public override string ToString() => $"{Root}/{File}:{Line} uses {To}";
    }
}
