using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Sprites;

/// <summary>Finds picture files, and reports each one that cannot be used.</summary>
internal static class SpriteFiles
{
    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    /// <summary>Returns the files in a folder and its subfolders that a function accepts, in the order of their paths.</summary>
    /// <exception cref="TinySoraException">SourceMissing, CannotRead.</exception>
    public static IReadOnlyList<string> In(string folder, Func<string, bool> isAccepted) => !Directory.Exists(folder) ? throw DataErrors.SourceMissing(folder)
        : OnFailure.Throw(folder, DataErrors.CannotRead, () => Directory.EnumerateFiles(folder, "*", Everywhere)
            .Where(isAccepted).Order(StringComparer.Ordinal).ToList());

    /// <summary>Returns the result of a function, or <c>null</c> after reporting its error.</summary>
    public static T? Try<T>(Func<T> read, Action<TinySoraException> failed)
        where T : class
    {
        try
        {
            return read();
        }
        catch (TinySoraException e)
        {
            failed(e);
            return null;
        }
    }
}
