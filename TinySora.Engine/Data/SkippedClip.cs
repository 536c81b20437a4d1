using TinySora.Engine.Errors;

namespace TinySora.Engine.Data;

/// <summary>A clip or video that was skipped, and why.</summary>
public sealed record SkippedClip(string Path, string Reason)
{
    /// <summary>Whether the clip is intact but too short.</summary>
    internal bool IsTooShort { get; init; }

    /// <summary>Reads a clip or video.</summary>
    /// <returns>What was read, or why the clip is skipped.</returns>
    /// <exception cref="TinySoraException">FFmpegMissing, because the clip is not the cause.</exception>
    internal static (T? Content, SkippedClip? Problem) Try<T>(string path, Func<T> read)
    {
        try
        {
            return (read(), null);
        }
        catch (TinySoraException e) when (e.Kind != ErrorKind.NotInstalled)
        {
            return (default, new SkippedClip(path, e.Message));
        }
    }

    /// <summary>Returns a sentence that contains the path only once, even if the reason already contains it.</summary>
    public override string ToString() =>
        Reason.Contains($"'{Path}'", StringComparison.Ordinal) ? $"Skipped: {Reason}" : $"Skipped '{Path}': {Reason}";
}
