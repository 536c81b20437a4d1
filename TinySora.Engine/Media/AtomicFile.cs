using TinySora.Engine.Errors;

namespace TinySora.Engine.Media;

/// <summary>Files appear whole or not at all: written beside the target as <c>name.partial</c>, then renamed over it.</summary>
internal static class AtomicFile
{
    /// <param name="write">Gets the path to write to; whatever it throws, nothing is left behind.</param>
    public static void Write(string path, Action<string> write)
    {
        string partial = path + ".partial";
        try
        {
            write(partial);
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e)
        {
            TryDelete(partial);
            if (e is IOException or UnauthorizedAccessException)
                throw MediaErrors.CannotWrite(path, e);
            throw;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to report.
        }
    }
}
