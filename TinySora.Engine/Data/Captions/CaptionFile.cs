using System.Buffers;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;

namespace TinySora.Engine.Data.Captions;

/// <summary>Whether a clip has a usable caption, and if not, why.</summary>
internal enum CaptionState
{
    Usable,
    Missing,
    Empty,
    Unreadable,
}

/// <param name="Captions">None unless usable.</param>
/// <param name="Reason">Only where it is unreadable.</param>
internal sealed record CaptionLook(CaptionState State, IReadOnlyList<string> Captions, string? Reason = null)
{
    /// <summary>Why the system does not let a file be read that is there; null: it does.</summary>
    public Exception? Refusal { get; init; }

    public CaptionLook(CaptionState state, string? reason = null)
        : this(state, [], reason)
    {
    }
}

/// <summary>NAME.txt beside NAME.gif: each line is a caption of the clip; most have one.</summary>
public static class CaptionFile
{
    /// <summary>A longer file holds no captions alone; what is whole in its beginning is taken.</summary>
    private const int LengthLimit = 100_000;

    /// <summary>Whether a file holds captions by its name: those of a clip, or a table.</summary>
    public static bool MayBe(string path) => CaptionTable.IsTable(path) || Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase);

    public static string PathFor(string clipPath) => Path.ChangeExtension(clipPath, ".txt");

    /// <summary>The first caption, trimmed; null when there is no file that can be read, or no text in it.</summary>
    public static string? Read(string clipPath) => ReadAll(clipPath) is [var first, ..] ? first : null;

    /// <summary>All captions, trimmed, each once.</summary>
    public static IReadOnlyList<string> ReadAll(string clipPath) => Look(clipPath).Captions;

    /// <summary>All captions, trimmed, each once, of a clip that is to be learned from: a disk that fails for a moment must not take its text away.</summary>
    /// <exception cref="TinySoraException">CaptionRefused: there is a file, and the system does not let it be read.</exception>
    internal static IReadOnlyList<string> Require(string clipPath)
    {
        var look = Look(clipPath);
        return look.Refusal is null ? look.Captions : throw DataErrors.CaptionRefused(PathFor(clipPath), look.Refusal);
    }

    /// <summary>Reads a clip's captions, in UTF-8 or as a byte order mark says.</summary>
    internal static CaptionLook Look(string clipPath)
    {
        var path = PathFor(clipPath);
        try
        {
            var file = new FileInfo(path);
            // What has no length may be a pipe, which never ends.
            if (!file.Exists || file.Length == 0)
            {
                return new CaptionLook(file.Exists ? CaptionState.Empty : CaptionState.Missing);
            }

            using var reader = BusyFile.Wait(() => new StreamReader(path, detectEncodingFromByteOrderMarks: true));
            var buffer = ArrayPool<char>.Shared.Rent(LengthLimit);
            var length = reader.ReadBlock(buffer, 0, LengthLimit);
            var end = reader.Peek() < 0 ? -1 : Array.FindLastIndex(buffer, length - 1, c => c is '\r' or '\n');
            var text = new string(buffer, 0, end < 0 ? length : end);
            ArrayPool<char>.Shared.Return(buffer);
            string[] captions = [.. text.Split('\r', '\n').Select(line => line.Trim()).Where(line => line.Length > 0).Distinct(StringComparer.Ordinal)];
            return captions.Length == 0 ? new CaptionLook(CaptionState.Empty)
                : captions.All(IsText) ? new CaptionLook(CaptionState.Usable, captions)
                : new CaptionLook(CaptionState.Unreadable, "it is no text in UTF-8, nor in UTF-16 with a byte order mark");
        }
        catch (FileNotFoundException)
        {
            // Removed since the look at its length.
            return new CaptionLook(CaptionState.Missing);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return new CaptionLook(CaptionState.Unreadable, e.Message) { Refusal = e };
        }
    }

    /// <summary>Bytes that are no characters have become replacement characters.</summary>
    private static bool IsText(string caption) => !caption.Any(c => c == '\uFFFD' || (c < ' ' && c != '\t'));

    /// <summary>Writes the caption as one line; null removes an old one, which would belong to another clip.</summary>
    /// <param name="overwrite">Whether the file may replace another one of its name.</param>
    public static void Write(string clipPath, string? caption, bool overwrite = true)
    {
        var path = PathFor(clipPath);
        if (caption is null)
        {
            File.Delete(path);
            return;
        }

        AtomicFile.WriteText(path, caption + "\n", MediaErrors.CannotWrite, overwrite);
    }
}
