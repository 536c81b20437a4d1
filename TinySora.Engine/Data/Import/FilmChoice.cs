using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Import;

/// <summary>The films of a folder that are taken.</summary>
/// <param name="Extension">Of their files, with a dot or without; null: any.</param>
/// <param name="FilterPath">A text file with a name or a pattern on each line, see <see cref="NameFilter"/>; null: all.</param>
public sealed record FilmChoice(string? Extension = null, string? FilterPath = null)
{
    /// <summary>The paths of the films below the folder, with forward slashes; null: all.</summary>
    internal IReadOnlySet<string>? Names { get; init; }

    public static FilmChoice All { get; } = new();

    /// <summary>The file extensions that are taken, with their dots; null: all.</summary>
    internal IReadOnlyList<string>? Extensions => Extension is null ? null : [WithDot(Extension)];

    /// <summary>Whether an extension is one of films.</summary>
    internal static bool IsExtension(string extension) => ClipSource.Extensions.Contains(WithDot(extension), StringComparer.OrdinalIgnoreCase);

    /// <summary>The indices of the names that the choice takes.</summary>
    /// <exception cref="TinySoraException">CannotRead, NothingSelected.</exception>
    internal IReadOnlyList<int> Of(IReadOnlyList<string> names)
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
