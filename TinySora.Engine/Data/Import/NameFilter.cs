using System.IO.Enumeration;
using System.Text.RegularExpressions;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Import;

/// <summary>
/// A text file that selects videos by name without folder and extension, with a name or a pattern such as *_TaiChi* on each line. The split lists of UCF101,
/// with lines such as Folder/name.avi and an optional class number, have this format.
/// </summary>
internal sealed partial class NameFilter
{
    private readonly HashSet<string> names;
    private readonly string[] patterns;
    private readonly HashSet<string> unused;

    private NameFilter(IEnumerable<string> lines)
    {
        names = lines.ToHashSet(StringComparer.Ordinal);
        unused = [.. names];
        patterns = [.. names.Where(n => n.AsSpan().IndexOfAny('*', '?') >= 0)];
    }

    /// <summary>Names and patterns that have matched no video so far.</summary>
    public IReadOnlyCollection<string> Unused => unused;

    /// <exception cref="TinySoraException">CannotRead.</exception>
    public static NameFilter Read(string path) => OnFailure.Throw(
        path, DataErrors.CannotRead,
        () => new NameFilter(File.ReadLines(path).Select(line => Stem(Label().Replace(line.Trim(), ""))).Where(n => n.Length > 0)));

    /// <param name="video">Name with or without folders.</param>
    public bool Matches(string video)
    {
        var stem = Stem(video);
        var found = patterns.Where(p => FileSystemName.MatchesSimpleExpression(p, stem, ignoreCase: false)).ToList();
        if (names.Contains(stem))
        {
            found.Add(stem);
        }

        unused.ExceptWith(found);
        return found.Count > 0;
    }

    private static string Stem(string name)
    {
        name = CaptionTable.Composed(name);
        name = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var extension = Path.GetExtension(name);
        return ClipSource.Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase) ? name[..^extension.Length] : name;
    }

    /// <summary>Matches the class number after a file name.</summary>
    [GeneratedRegex(@"(?<=\.[A-Za-z0-9]+)\s+[0-9]+$")]
    private static partial Regex Label();
}
