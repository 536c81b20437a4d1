using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>Handles failures of work on files, and TinySora errors.</summary>
internal static class OnFailure
{
    /// <summary>Creates an object that takes ownership of a disposable. If the creation fails, the disposable is disposed.</summary>
    /// <param name="owned">Object to dispose on failure; may be <c>null</c>.</param>
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

    /// <summary>Runs work on a file or folder, and converts disk and permission failures to a TinySora error.</summary>
    /// <param name="path">File or folder to name in the error.</param>
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

    /// <summary>Runs work on files whose failure does not matter.</summary>
    public static void Ignore(Action work) => Return(false, () =>
    {
        work();
        return true;
    });

    /// <summary>Returns the result of work on files, or <paramref name="fallback"/> if a disk or permission failure prevents the work.</summary>
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

    /// <summary>Returns the result of work, or <paramref name="fallback"/> if a TinySora error prevents it.</summary>
    public static T Recover<T>(T fallback, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (TinySoraException)
        {
            return fallback;
        }
    }
}
