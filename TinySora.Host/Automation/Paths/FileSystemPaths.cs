namespace System.Management.Automation;

/// <summary>Absolute paths and wildcards, relative to a folder.</summary>
internal sealed class FileSystemPaths(string location)
{
    private static readonly string[] Qualifiers = ["FileSystem::", @"Microsoft.PowerShell.Core\FileSystem::"];

    /// <summary>Absolute path; <c>~</c> is the home folder.</summary>
    public string Absolute(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Path.GetFullPath(Unqualified(path), location);
    }

    /// <summary>Existing paths in name order; throws <see cref="ItemNotFoundException"/> for a plain path without file.</summary>
    public IEnumerable<string> Expand(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (WildcardPattern.ContainsWildcardCharacters(path))
        {
            return Matches(Unqualified(path));
        }

        var plain = Absolute(WildcardPattern.Unescape(path));
        return Path.Exists(plain)
            ? [plain]
            : throw new ItemNotFoundException($"Cannot find path '{plain}' because it does not exist.") { ItemName = plain };
    }

    private static string Unqualified(string path)
    {
        foreach (var qualifier in Qualifiers)
        {
            if (path.StartsWith(qualifier, StringComparison.OrdinalIgnoreCase))
            {
                path = path[qualifier.Length..];
            }
        }

        return path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith(@"~\", StringComparison.Ordinal)
            ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
            : path;
    }

    private List<string> Matches(string pattern)
    {
        var root = Path.GetPathRoot(pattern) ?? "";
        List<string> found = [Path.GetFullPath(root.Length > 0 ? root : ".", location)];
        foreach (var part in pattern[root.Length..].Split('/', Path.DirectorySeparatorChar))
        {
            if (part is "" or ".")
            {
                continue;
            }

            found = [.. found.SelectMany(folder => Step(folder, part))];
        }

        return found;
    }

    private static IEnumerable<string> Step(string folder, string part)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(part))
        {
            var next = Path.GetFullPath(WildcardPattern.Unescape(part), folder);
            return Path.Exists(next) ? [next] : [];
        }

        WildcardPattern pattern = new(part, WildcardOptions.IgnoreCase);
        return !Directory.Exists(folder) ? [] : Directory.EnumerateFileSystemEntries(folder)
            .Where(entry => pattern.IsMatch(Path.GetFileName(entry)))
            .Where(entry => part.StartsWith('.') || OperatingSystem.IsWindows() || !Path.GetFileName(entry).StartsWith('.'))
            .Order(StringComparer.Ordinal);
    }
}
