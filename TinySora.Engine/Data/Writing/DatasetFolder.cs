using System.Text.RegularExpressions;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Data.Writing;

/// <summary>A clip with the sentence that says what it shows, if there is one.</summary>
internal sealed record CaptionedClip(Clip Clip, string? Caption)
{
    /// <summary>Writes what else belongs to it, given its path; null: nothing does.</summary>
    public Action<string, CancellationToken>? WriteBeside { get; init; }
}

/// <summary>Something that gives clips: a number that is drawn, or a video.</summary>
/// <param name="Name">The clips' file names, below the folder, are this or begin with it.</param>
/// <param name="Source">Where it comes from; files made from another source are not written over.</param>
/// <param name="Version">Without spaces; another one means that the clips have to be made again.</param>
/// <param name="IsNumbered">Whether it gives several clips.</param>
internal sealed record DatasetItem(string Name, string Source = "", string Version = "1", bool IsNumbered = false)
{
    /// <summary>The name and source of the dataset, on one line.</summary>
    public string Key => $"{Name} {Source}".ReplaceLineEndings(" ");
}

/// <summary>A folder that clips with captions are written into; it is made with the first of them.</summary>
internal sealed partial class DatasetFolder : IDisposable
{
    private readonly string folder;
    private readonly string extension;
    private readonly bool force;
    private readonly WrittenLog log;

    /// <param name="recipe">How the clips are made, on one line.</param>
    /// <param name="format">Extension of the clips without its dot: gif or mp4.</param>
    /// <param name="force">Keeps nothing and writes over everything.</param>
    /// <exception cref="TinySoraException">Another format, or what was written there cannot be read.</exception>
    public DatasetFolder(string folder, string recipe, string format, bool force)
    {
        (this.folder, this.force, extension) = (folder, force, "." + format.ToLowerInvariant());
        ParameterRange.Require(extension is ".gif" or ".mp4", "Format", format, "gif or mp4");
        log = new WrittenLog(folder, recipe, force);
    }

    /// <summary>
    /// Whether a file is a clip that items of such names give here, or that one gave which is gone: started again, an import is to make no clips of its
    /// own clips.
    /// </summary>
    public bool IsClip(string path, HashSet<string> names) =>
        Path.GetExtension(path).Equals(extension, StringComparison.OrdinalIgnoreCase)
        && Path.GetDirectoryName(Path.GetFullPath(path)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))
        && NumberedName().Match(Path.GetFileNameWithoutExtension(path)) is { Success: true } match
        && (names.Contains(match.Groups[1].Value) || log.HasBegunNamed(match.Groups[1].Value));

    /// <exception cref="TinySoraException">An item's first file exists, and not from an interrupted run of this recipe; FolderInUse.</exception>
    public void CheckFree(IEnumerable<DatasetItem> items)
    {
        foreach (var item in items)
        {
            CheckFree(item, PathOf(item, 0));
        }
    }

    /// <summary>Writes the clips of an item while the result is enumerated; those of one that is done are kept.</summary>
    /// <exception cref="TinySoraException">A file exists that is not this run's, or the disk refuses.</exception>
    public IEnumerable<DatasetClip> Write(DatasetItem item, IEnumerable<CaptionedClip> clips, CancellationToken cancellationToken)
    {
        var (clipsBefore, version) = log.Done(item.Key);
        var before = Enumerable.Range(0, clipsBefore).Select(i => PathOf(item, i)).ToList();
        if (version == item.Version && before.Count > 0 && before.All(File.Exists))
        {
            foreach (var path in before)
            {
                yield return new DatasetClip(path, CaptionFile.Read(path));
            }

            yield break;
        }

        OnDisk(() => log.Begin(item.Key));
        var count = 0;
        foreach (var made in clips)
        {
            var path = PathOf(item, count++);
            CheckFree(item, path);
            // The clip last: one that is there has its caption.
            OnDisk(() =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                CaptionFile.Write(path, made.Caption);
                made.WriteBeside?.Invoke(path, cancellationToken);
            });
            ClipFile.Write(path, made.Clip, cancellationToken: cancellationToken);
            yield return new DatasetClip(path, made.Caption);
        }

        OnDisk(() =>
        {
            // An earlier version may have given more.
            foreach (var path in before.Skip(count))
            {
                CaptionFile.Write(path, null);
                File.Delete(path);
            }

            log.End(item.Key, count, item.Version);
        });
    }

    public void Dispose() => log.Dispose();

    [GeneratedRegex(@"^(.+)-\d{3,}$")]
    private static partial Regex NumberedName();

    private string PathOf(DatasetItem item, int index) =>
        Path.Combine(folder, item.IsNumbered ? $"{item.Name}-{index:D3}{extension}" : item.Name + extension);

    private void CheckFree(DatasetItem item, string path)
    {
        if (!force && !log.HasBegun(item.Key) && Array.Find([path, CaptionFile.PathFor(path)], File.Exists) is string there)
        {
            throw log.IsOvertaken() ? DataErrors.FolderInUse(folder) : DataErrors.OutputExists(there);
        }
    }

    private void OnDisk(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw DataErrors.CannotWrite(folder, e);
        }
    }
}
