using System.IO.Hashing;
using System.Text;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Import;

/// <summary>Sources of an import with every archive unpacked, below the output folder, until this is disposed.</summary>
internal sealed class UnpackedSources(string outputFolder) : IDisposable
{
    private readonly string root = Path.Combine(outputFolder, ".tinysora", "unpacked");
    private FileStream? held;

    /// <summary>Receives the error of each archive that cannot be unpacked if other sources can be used; `null` if such an archive ends the import.</summary>
    public Action<TinySoraException>? Failed { get; init; }

    /// <returns>For every archive a folder that it alone has, whatever else is given, so that a film in it keeps its path.</returns>
    /// <exception cref="TinySoraException">An archive is damaged or not safe; FolderInUse: another command unpacks into this folder.</exception>
    public IReadOnlyList<string> Open(
        IEnumerable<string> sources, IProgress<ItemProgress>? progress, CancellationToken cancellationToken)
    {
        var failures = new List<TinySoraException>();
        var result = new List<string>();
        var all = sources.ToList();
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
            if (!result.Contains(folder))
            {
                try
                {
                    Archive.Unpack(source, folder, progress, cancellationToken);
                }
                catch (TinySoraException e) when (Failed is not null && !FileFailure.IsOfFullDisk(e))
                {
                    failures.Add(e);
                    continue;
                }
            }

            result.Add(folder);
        }

        if (result.Count == 0 && failures.Count > 0)
        {
            throw failures[0];
        }

        failures.ForEach(Failed ?? (_ => { }));
        return result;
    }

    /// <summary>Removes what was unpacked here, and by runs that were killed; nothing of a run that holds the folder now.</summary>
    public void Dispose()
    {
        if (held is not null)
        {
            try
            {
                NewFolder.Delete(root);
            }
            catch (Exception e) when (FileFailure.Is(e))
            {
                // All that was wanted is done, and the next call removes it first.
            }

            held.Dispose();
            held = null;
        }
    }

    private void Hold()
    {
        try
        {
            DiskFlush.CreateFolder(Path.GetDirectoryName(root)!);
            held = new FileStream(root + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            NewFolder.Delete(root);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw BusyFile.IsHeld(e) ? DataErrors.FolderInUse(outputFolder, e) : DataErrors.CannotWrite(outputFolder, e);
        }
    }
}
