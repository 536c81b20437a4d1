using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>What is to happen where something could not be made, read or written.</summary>
internal static class OnFailure
{
    /// <summary>Makes something out of an open file or a model, which is closed or freed if that fails, and else belongs to what was made.</summary>
    /// <param name="owned">Null: there is nothing to free.</param>
    public static T Dispose<T>(IDisposable? owned, Func<T> make)
    {
        try
        {
            return make();
        }
        catch
        {
            owned?.Dispose();
            throw;
        }
    }

    /// <summary>Works with a file or folder, and throws an error of TinySora if the disk or the permissions do not allow it.</summary>
    /// <param name="path">The file or folder that the error names.</param>
    public static T Throw<T>(string path, Func<string, Exception, TinySoraException> failure, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw failure(path, e);
        }
    }

    /// <inheritdoc cref="Throw{T}"/>
    public static void Throw(string path, Func<string, Exception, TinySoraException> failure, Action work) => Throw(path, failure, () =>
    {
        work();
        return true;
    });

    /// <summary>Returns the result of work with files, or <paramref name="fallback"/> if the disk or the permissions do not allow it.</summary>
    public static T Return<T>(T fallback, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return fallback;
        }
    }
}
