using System.Buffers;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Data.Captions;

/// <summary>State of a clip's caption file: usable, or the reason why it is not.</summary>
internal enum CaptionState
{
    Usable,
    Missing,
    Empty,
    Unreadable,
}

/// <param name="Captions">Captions of the clip; empty if the caption file is not usable.</param>
/// <param name="Reason">Why the caption file is unreadable; <c>null</c> if it is not.</param>
internal sealed record CaptionReadResult(CaptionState State, IReadOnlyList<string> Captions, string? Reason = null)
{
    /// <summary>Whether characters were removed from the captions.</summary>
    public bool IsCleaned { get; init; }

    /// <summary>Error that the operating system reported on reading the caption file; <c>null</c> if there was none.</summary>
    public Exception? ReadError { get; init; }
}

/// <summary>Captions in NAME.txt (or NAME.TXT) next to NAME.gif. Each line is a caption of the clip; most clips have only one.</summary>
public static class CaptionFile
{
    /// <summary>Maximum number of characters to read. If a file is longer, only the complete lines up to this limit are used.</summary>
    private const int LengthLimit = 100_000;

    /// <summary>Returns whether a file's name suggests that it contains captions, either as the text file of a clip or as a table.</summary>
    public static bool IsCaptionFileName(string path) =>
        CaptionTable.IsTable(path) || Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase);

    public static string PathFor(string clipPath) => Path.ChangeExtension(clipPath, ".txt");

    /// <summary>Reads the first caption of a clip, trimmed; returns <c>null</c> if the caption file is missing, unreadable or empty.</summary>
    public static string? Read(string clipPath) => ReadAll(clipPath) is [var first, ..] ? first : null;

    /// <summary>Reads all distinct captions of a clip, trimmed.</summary>
    public static IReadOnlyList<string> ReadAll(string clipPath) => Inspect(clipPath).Captions;

    /// <summary>
    /// Reads the captions of a training clip. A temporary disk failure causes an error, because the model would otherwise be trained on the clip without its
    /// captions.
    /// </summary>
    /// <exception cref="TinySoraException">CaptionRefused: the file exists, but the operating system denies access.</exception>
    internal static CaptionReadResult Require(string clipPath)
    {
        var look = Inspect(clipPath);
        return look.ReadError is null ? look : throw DataErrors.CaptionRefused(FileOf(clipPath), look.ReadError);
    }

    /// <summary>Returns a sentence about each clip whose text file cannot be used, so that no caption is dropped silently.</summary>
    internal static IEnumerable<string> Problems(IEnumerable<string> clipPaths) => clipPaths.Select(path => Problem(path, Inspect(path))).OfType<string>();

    /// <returns>A sentence about a text file that cannot be used; <c>null</c> if the file is usable or missing.</returns>
    internal static string? Problem(string clipPath, CaptionReadResult look) => look.State != CaptionState.Unreadable ? null
        : $"The caption file '{FileOf(clipPath)}' is not used: {look.Reason?.TrimEnd('.')}. Save the file as plain text in UTF-8.";

    /// <summary>Returns the path of a clip's text file, whether it exists or not.</summary>
    internal static string FileOf(string clipPath) => SidecarFile.Find(clipPath, ".txt");

    /// <summary>Reads a clip's captions and removes control characters. The encoding is UTF-8 unless a byte order mark specifies another one.</summary>
    internal static CaptionReadResult Inspect(string clipPath)
    {
        var path = FileOf(clipPath);
        try
        {
            var file = new FileInfo(path);
            // A file of length 0 may be a pipe, which never ends.
            if (!file.Exists || file.Length == 0)
            {
                return new CaptionReadResult(file.Exists ? CaptionState.Empty : CaptionState.Missing, []);
            }

            using var reader = BusyFile.Retry(() => new StreamReader(path, StrictUtf8.Encoding));
            var buffer = ArrayPool<char>.Shared.Rent(LengthLimit);
            var length = reader.ReadBlock(buffer, 0, LengthLimit);
            var end = reader.Peek() < 0 ? -1 : Array.FindLastIndex(buffer, length - 1, c => c is '\r' or '\n');
            var text = new string(buffer, 0, end < 0 ? length : end);
            ArrayPool<char>.Shared.Return(buffer);
            if (!IsText(text, reader.CurrentEncoding))
            {
                return NoText();
            }

            var lines = text.Split('\r', '\n');
            string[] captions = [.. lines.Select(line => CaptionText.Printable(line).Trim()).Where(line => line.Length > 0).Distinct(StringComparer.Ordinal)];
            return captions.Length == 0
                ? new CaptionReadResult(CaptionState.Empty, [])
                : new CaptionReadResult(CaptionState.Usable, captions) { IsCleaned = lines.Any(CaptionText.HasUnprintable) };
        }
        catch (DecoderFallbackException)
        {
            return NoText();
        }
        catch (FileNotFoundException)
        {
            // The file was removed after its length was checked.
            return new CaptionReadResult(CaptionState.Missing, []);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return new CaptionReadResult(CaptionState.Unreadable, [], e.Message) { ReadError = e };
        }
    }

    private static CaptionReadResult NoText() => new(CaptionState.Unreadable, [], "it is neither UTF-8 text nor UTF-16 text with a byte order mark");

    /// <summary>
    /// Returns whether the decoded content is text. UTF-16 without a byte order mark contains NUL. Invalid bytes become U+FFFD if there is a byte order mark,
    /// and cause an exception otherwise.
    /// </summary>
    private static bool IsText(string text, Encoding encoding) => !text.Contains('\0') && (encoding == StrictUtf8.Encoding || !text.Contains('\uFFFD'));

    /// <summary>Writes a clip's captions, one per line. If there are none, deletes any existing file, because that file belongs to another clip.</summary>
    /// <param name="captions">Captions, each one line of text.</param>
    public static void Write(string clipPath, IReadOnlyList<string> captions)
    {
        var path = PathFor(clipPath);
        if (captions.Count == 0)
        {
            File.Delete(path);
            return;
        }

        AtomicFile.WriteText(path, string.Concat(captions.Select(caption => caption + "\n")), MediaErrors.CannotWrite);
    }
}
