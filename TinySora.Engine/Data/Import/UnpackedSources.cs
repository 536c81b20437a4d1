using System.IO.Hashing;
using System.Text;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Import;

/// <summary>Sources for an import. Archives remain unpacked in a subfolder of the output folder until this object is disposed.</summary>
internal sealed class UnpackedSources(string outputFolder) : IDisposable
{
    private readonly string root = Path.Combine(outputFolder, ".tinysora", "unpacked");
    private FileStream? held;

    /// <summary>
    /// Receives the error for each archive that cannot be unpacked, as long as other sources are usable; <c>null</c> to stop at such an archive.
    /// </summary>
    public Action<TinySoraException>? Failed { get; init; }

    /// <returns>
    /// The sources, with each archive replaced by a folder whose path depends only on the archive's path, so that a video in it always has the same path.
    /// </returns>
    /// <exception cref="TinySoraException">An archive is corrupt or unsafe; FolderInUse if another command unpacks into this folder.</exception>
    public IReadOnlyList<string> Open(
        IEnumerable<string> sources, IProgress<ItemProgress>? progress, CancellationToken cancellationToken)
    {
        var failures = new List<TinySoraException>();
        var result = new List<string>();
        var all = sources.ToList();
        var folders = new HashSet<string>(); // an archive that is given twice is unpacked, used and reported once
        if (all.Exists(Archive.IsArchive))
        {
            Hold();
        }

        foreach (var source in all)
        {
            if (!Archive.IsArchive(source))
            {
                result.Add(source);
                continue;
            }

            var folder = Path.Combine(root, $"{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(Path.GetFullPath(source))):x16}", Path.GetFileName(source));
            if (!folders.Add(folder))
            {
                continue;
            }

            try
            {
                Archive.Unpack(source, folder, progress, cancellationToken);
                result.Add(folder);
            }
            catch (TinySoraException e) when (Failed is not null && !FileFailure.IsDiskFull(e))
            {
                failures.Add(e);
            }
        }

        if (result.Count == 0 && failures.Count > 0)
        {
            throw failures[0];
        }

        failures.ForEach(Failed ?? (_ => { }));
        return result;
    }

    /// <summary>Removes the files that this object or a killed run has unpacked, but not those of a run that is using the folder.</summary>
    public void Dispose()
    {
        if (held is not null)
        {
            OnFailure.Ignore(() => NewFolder.Delete(root)); // the import is done, and the next one starts by removing the folder
            held.Dispose();
            held = null;
        }
    }

    private void Hold() => OnFailure.Throw(outputFolder, DataErrors.CannotWrite, () =>
    {
        DiskFlush.CreateFolder(Path.GetDirectoryName(root)!);
        held = FileLock.TryTake(root + ".lock", isTemporary: true) ?? throw DataErrors.FolderInUse(outputFolder);
        NewFolder.Delete(root);
    });
}
