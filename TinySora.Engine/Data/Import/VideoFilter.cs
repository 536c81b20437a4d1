using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Import;

/// <summary>Selects videos in a folder.</summary>
/// <param name="Extension">Extension of the files, with or without a dot; <c>null</c> for any.</param>
/// <param name="FilterPath">Text file with a name or a pattern on each line, see <see cref="NameFilter"/>; <c>null</c> for all videos.</param>
public sealed record VideoFilter(string? Extension = null, string? FilterPath = null)
{
    /// <summary>Paths of the videos relative to the folder, with forward slashes; <c>null</c> for all.</summary>
    internal IReadOnlySet<string>? Names { get; init; }

    public static VideoFilter All { get; } = new();

    /// <summary>Selected file extensions, with their dots; <c>null</c> for all.</summary>
    internal IReadOnlyList<string>? Extensions => Extension is null ? null : [WithDot(Extension)];

    /// <summary>Returns whether an extension is that of a video.</summary>
    internal static bool IsVideoExtension(string extension) => ClipSource.Extensions.Contains(WithDot(extension), StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the indices of the selected names, regardless of <see cref="Extension"/>: names of stored latents need not have one.</summary>
    /// <exception cref="TinySoraException">CannotRead, NothingSelected.</exception>
    internal IReadOnlyList<int> Select(IReadOnlyList<string> names)
    {
        var all = Enumerable.Range(0, names.Count).Where(index => Names is null || Names.Contains(names[index]));
        if (FilterPath is null)
        {
            return [.. all];
        }

        var filter = NameFilter.Read(FilterPath);
        int[] taken = [.. all.Where(index => filter.Matches(names[index]))];
        return taken.Length > 0 ? taken : throw DataErrors.NothingSelected(FilterPath);
    }

    private static string WithDot(string extension) => "." + extension.TrimStart('.');
}
