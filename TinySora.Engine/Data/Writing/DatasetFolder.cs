using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Data.Writing;

/// <summary>A clip with its captions.</summary>
/// <param name="Captions">Captions of the clip, each one line of text; empty if it has none.</param>
internal sealed record CaptionedClip(Clip Clip, IReadOnlyList<string> Captions)
{
    /// <summary>Writes additional files to folders next to the clip, given the clip's path; <c>null</c> if there are none.</summary>
    public Action<string, CancellationToken>? WriteSidecars { get; init; }
}

/// <summary>A source of clips: a number to draw, or a video.</summary>
/// <param name="Name">Path of the clip without its extension, relative to the folder, or the beginning of the paths of several clips.</param>
/// <param name="Source">Text that identifies the origin of the clips. Files from another source are not overwritten.</param>
/// <param name="Version">Text without spaces that changes whenever the clips must be recreated.</param>
/// <param name="IsNumbered">Whether the item has several clips.</param>
internal sealed record DatasetItem(string Name, string Source = "", string Version = "1", bool IsNumbered = false)
{
    /// <summary>The item's name in the log, on one line.</summary>
    public string Key => $"{Name} {OneLine(Source)}";

    /// <summary>Formats a source for the log.</summary>
    public static string OneLine(string source) => source.ReplaceLineEndings(" ");
}

/// <summary>
/// A folder to write captioned clips to, which is created together with the first clip. Clips that an earlier run with the same recipe completed remain as
/// the user left them, even if edited, renamed or deleted. If a source has changed, its clips are rewritten, except for clips that the user edited.
/// </summary>
internal sealed partial class DatasetFolder : IDisposable
{
    private readonly string folder;
    private readonly string extension;
    private readonly bool force;
    private readonly OutputLog log;
    private readonly OutputFiles files;
    private readonly ConcurrentQueue<string> missing = new();
    private readonly ConcurrentQueue<string> edited = new();

    /// <param name="recipe">One line that describes how the clips are created.</param>
    /// <param name="format">Extension of the clips without its dot: gif or mp4.</param>
    /// <param name="force">Whether to write and overwrite everything.</param>
    /// <exception cref="TinySoraException">The format is unknown, or the folder's log cannot be read.</exception>
    public DatasetFolder(string folder, string recipe, string format, bool force)
    {
        (this.folder, this.force, extension) = (folder, force, "." + format.ToLowerInvariant());
        ParameterRange.Require(ClipFile.MovingFormats.Contains(extension[1..]), "Format", format, string.Join(" or ", ClipFile.MovingFormats));
        log = new OutputLog(folder, recipe, force);
        files = new OutputFiles(folder, log, force);
    }

    /// <summary>
    /// Returns whether the log identifies a file as a clip that was written to this folder, even if the user moved or renamed it within the folder. A rerun
    /// must not cut clips from its own clips.
    /// </summary>
    public bool IsClip(string path)
    {
        var name = files.NameOf(path);
        return Path.GetExtension(path).Equals(extension, StringComparison.OrdinalIgnoreCase)
            && !name.StartsWith("..", StringComparison.Ordinal) && !name.StartsWith(".tinysora", StringComparison.Ordinal)
            && !log.State.IsSource(DatasetItem.OneLine(path))
            && (log.State.IsOutput(name) || IsUnloggedClip(name) || IsCopy());

        bool IsCopy() => new FileInfo(path) is { Exists: true } file && log.State.IsOutputLength(file.Length)
            && FileContent.GetFingerprint(path) is string content && log.State.IsOutputContent(content);
    }

    /// <summary>Returns the name of the item that an earlier run created from a source; <c>null</c> if there is none.</summary>
    public string? NameOf(string source) => log.State.NameOf(DatasetItem.OneLine(source));

    /// <exception cref="TinySoraException">An item's first file exists, but was not written by an interrupted run with this recipe; FolderInUse.</exception>
    public void CheckFree(IEnumerable<DatasetItem> items)
    {
        foreach (var item in items.Where(item => !force && !log.State.HasStarted(item.Key)))
        {
            var path = PathOf(item, 0);
            if (Array.Find([path, CaptionFile.PathFor(path)], FileContent.IsTaken) is string there)
            {
                throw log.IsSuperseded() ? DataErrors.FolderInUse(folder) : DataErrors.OutputExists(there);
            }
        }
    }

    /// <summary>Writes the clips of an item while the result is enumerated. For a completed item, returns the clips that still exist.</summary>
    /// <exception cref="TinySoraException">A file exists that does not belong to the recipe, or writing fails.</exception>
    public IEnumerable<DatasetClip> Write(DatasetItem item, IEnumerable<CaptionedClip> clips, CancellationToken cancellationToken)
    {
        var (clipsBefore, version) = log.State.GetCompleted(item.Key);
        if (version == item.Version && clipsBefore > 0)
        {
            foreach (var path in Enumerable.Range(0, clipsBefore).Select(i => PathOf(item, i)).Where(IsThere))
            {
                yield return new DatasetClip(path, CaptionFile.ReadAll(path));
            }

            yield break;
        }

        OnDisk(() => log.Begin(item.Key));
        var count = 0;
        foreach (var made in clips)
        {
            var path = PathOf(item, count);
            var state = OnDisk(() => Write(item, path, made, isUnlogged: count < clipsBefore, cancellationToken));
            count++;
            if (state == OutputState.Edited)
            {
                edited.Enqueue(path);
            }

            if (state == OutputState.Written || IsThere(path))
            {
                yield return new DatasetClip(path, state == OutputState.Written ? made.Captions : CaptionFile.ReadAll(path));
            }
        }

        OnDisk(() =>
        {
            // An earlier version may have had more clips.
            foreach (var path in Enumerable.Range(count, Math.Max(0, clipsBefore - count)).Select(i => PathOf(item, i)))
            {
                Remove(path);
            }

            log.End(item.Key, count, item.Version);
        });
    }

    /// <summary>Reports clips that were not rewritten because the user edited, renamed or deleted them.</summary>
    public void Report(Action<string> warning)
    {
        if (missing.TryPeek(out var gone))
        {
            warning($"Clips that were deleted or renamed since an earlier run are not written again: {missing.Count}; the first is '{gone}'. "
                + "-Force writes all clips again.");
        }

        if (edited.TryPeek(out var first))
        {
            warning($"Edited clips are kept, although this command would write different ones: {edited.Count}; the first is '{first}'. "
                + "To write only the edited clips again, delete them; to write all clips again, use -Force.");
        }
    }

    public void Dispose() => log.Dispose();

    [GeneratedRegex(@"^(.+)-\d{3,}$")]
    internal static partial Regex NumberedName();

    /// <summary>Returns whether a name is that of a clip written by an earlier version of TinySora.</summary>
    private bool IsUnloggedClip(string name) =>
        NumberedName().Match(Path.ChangeExtension(name, null)) is { Success: true } match && log.State.HasUnloggedItem(match.Groups[1].Value);

    private string PathOf(DatasetItem item, int index) =>
        Path.Combine(folder, item.IsNumbered ? $"{item.Name}-{index:D3}{extension}" : item.Name + extension);

    private OutputState Write(DatasetItem item, string path, CaptionedClip made, bool isUnlogged, CancellationToken cancellationToken) => files.Write(
        item.Key, path,
        staged =>
        {
            CaptionFile.Write(staged, made.Captions);
            made.WriteSidecars?.Invoke(staged, cancellationToken);
            ClipFile.Write(staged, made.Clip, cancellationToken: cancellationToken);
        },
        made.Captions.Count == 0 ? [CaptionFile.PathFor(path)] : [], isUnlogged);

    /// <summary>Removes a clip with its caption, unless the user edited one of them.</summary>
    private void Remove(string path)
    {
        if (!files.TryRemove([path, CaptionFile.PathFor(path)]))
        {
            edited.Enqueue(path);
        }
    }

    private bool IsThere(string path)
    {
        var isThere = File.Exists(path);
        if (!isThere)
        {
            missing.Enqueue(path);
        }

        return isThere;
    }

    private T OnDisk<T>(Func<T> action) => OnFailure.Throw(folder, DataErrors.CannotWrite, action);

    private void OnDisk(Action action) => OnFailure.Throw(folder, DataErrors.CannotWrite, action);
}
