using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Writing;

/// <summary>Result of writing output files.</summary>
internal enum OutputState
{
    Written,

    /// <summary>An earlier run wrote the same content. The files remain as the user left them, even if edited, renamed or deleted.</summary>
    Unchanged,

    /// <summary>The content has changed, but the user edited one of the files, so all of them remain unchanged.</summary>
    Edited,
}

/// <summary>
/// Writes files to a folder whose log identifies the recipe's own files. Files are written to a temporary folder, logged, and then renamed. A free name is
/// claimed exclusively, and a file is replaced only if its content is in the log.
/// </summary>
/// <param name="force">Whether to replace every file.</param>
internal sealed class OutputFiles(string folder, OutputLog log, bool force)
{
    private readonly OutputStaging staging = new(folder, log);

    /// <summary>Writes files that belong together, such as a clip and its caption.</summary>
    /// <param name="item">Item in the log, which must already be recorded as begun.</param>
    /// <param name="path">Path of the main file, which exists only if the other files do. Files may also be written to folders next to it.</param>
    /// <param name="write">Writes the files, given the path of the main file in a separate folder.</param>
    /// <param name="absent">Files to remove, such as the caption file of a clip that no longer has a caption.</param>
    /// <param name="isUnlogged">Whether an earlier version of TinySora may have written the files without logging their content.</param>
    /// <exception cref="TinySoraException">OutputExists.</exception>
    /// <exception cref="IOException">Writing fails; also <see cref="UnauthorizedAccessException"/>.</exception>
    public OutputState Write(string item, string path, Action<string> write, IReadOnlyList<string> absent, bool isUnlogged)
    {
        var stage = staging.Create();
        try
        {
            WriteTo(stage, path, write);
            var target = Path.GetDirectoryName(path)!;
            List<OutputFile> files =
            [
                .. Directory.EnumerateFiles(stage, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                    .Select(file => Describe(Path.Combine(target, Path.GetRelativePath(stage, file)), file)),
                .. absent.Select(file => Describe(file, null)),
            ];
            return Publish(item, [.. files.OrderBy(file => file.Path == path)], isUnlogged);
        }
        finally
        {
            OutputStaging.TryDelete(stage);
        }
    }

    /// <summary>Deletes files that belong together, provided that the recipe wrote the content of all existing ones.</summary>
    /// <returns>Whether all of the files are deleted.</returns>
    public bool TryRemove(IReadOnlyList<string> paths)
    {
        var there = paths.Where(FileContent.IsTaken).ToList();
        if (force)
        {
            there.ForEach(File.Delete);
            return true;
        }

        return there.TrueForAll(path => FileContent.GetFingerprint(path) is string content && log.State.Has(NameOf(path), content))
            && there.TrueForAll(path => staging.TryRemove(path, NameOf(path)));
    }

    /// <summary>Deletes a folder if all its files are in the log.</summary>
    /// <returns>Whether the folder is deleted.</returns>
    /// <inheritdoc cref="TryRemove"/>
    public bool TryRemoveFolder(string path)
    {
        if (!FileContent.IsTaken(path))
        {
            return true;
        }

        if (!force && !IsOwn(path))
        {
            return false;
        }

        staging.RemoveFolder(path);
        return true;

        bool IsOwn(string folder) => Directory.Exists(folder) && new DirectoryInfo(folder).LinkTarget is null && ContentsOf(folder, folder).All(
            file => file.Content is not null && log.State.Has(file.Name, file.Content));
    }

    /// <summary>Returns the log lines for the files in a folder.</summary>
    /// <param name="path">Future path of the folder.</param>
    public IEnumerable<(string Name, string? Content)> ContentsOf(string folder, string path) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => (NameOf(Path.Combine(path, Path.GetRelativePath(folder, file))), FileContent.GetFingerprint(file)));

    /// <summary>Returns the name of a file in the log.</summary>
    public string NameOf(string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    private OutputFile Describe(string path, string? staged) => new(
        path, NameOf(path), staged, staged is null ? null : FileContent.GetFingerprint(staged) ?? throw new IOException($"'{staged}' cannot be read again."));

    private void WriteTo(string stage, string path, Action<string> write)
    {
        try
        {
            DiskFlush.Defer(() => write(Path.Combine(stage, Path.GetFileName(path))));
        }
        catch (TinySoraException e) when (e.Kind == ErrorKind.WriteError)
        {
            // Name the output folder instead of the staging path in the exception, which means nothing to the user.
            throw DataErrors.CannotWrite(folder, e.InnerException ?? e);
        }
    }

    private OutputState Publish(string item, IReadOnlyList<OutputFile> files, bool isUnlogged)
    {
        if (force)
        {
            Log(files);
            foreach (var file in files)
            {
                Replace(file);
            }

            return OutputState.Written;
        }

        if (files.All(file => log.State.IsSettled(item, file.Name, file.Content)))
        {
            return OutputState.Unchanged;
        }

        var owners = files.Select(file => OwnerOf(file, isUnlogged)).ToList();
        if (owners.IndexOf(Owner.Stranger) is >= 0 and var stranger)
        {
            throw DataErrors.OutputExists(files[stranger].Path);
        }

        if (owners.Contains(Owner.User) && files.Any(file => !log.State.IsLast(file.Name, file.Content)))
        {
            return OutputState.Edited;
        }

        Log(files);
        Claim([.. files.Where((_, i) => owners[i] is Owner.None or Owner.Recipe)]);
        return owners.Contains(Owner.User) ? OutputState.Unchanged : OutputState.Written;
    }

    private void Log(IReadOnlyList<OutputFile> files) =>
        log.Write(
            files.Where(file => force || !log.State.IsLast(file.Name, file.Content)).Select(file => (file.Name, file.Content)),
            [.. files.Select(file => file.Staged).OfType<string>()]);

    /// <summary>Returns the owner of the file that currently has the given name.</summary>
    private Owner OwnerOf(OutputFile file, bool isUnlogged)
    {
        ProcessScheduler.Yield();
        if (!FileContent.IsTaken(file.Path))
        {
            return file.Content is null ? Owner.Done : Owner.None;
        }

        var content = FileContent.GetFingerprint(file.Path);
        return content is not null && content == file.Content ? Owner.Done
            : content is not null && log.State.Has(file.Name, content) ? Owner.Recipe
            : isUnlogged || log.State.Has(file.Name) ? Owner.User
            : Owner.Stranger;
    }

    /// <summary>Renames files to their final names, or none of them if a name has been taken in the meantime.</summary>
    private void Claim(IReadOnlyList<OutputFile> files)
    {
        var claimed = new List<OutputFile>();
        foreach (var file in files)
        {
            var isFree = !FileContent.IsTaken(file.Path) || staging.TryRemove(file.Path, file.Name);
            if (file.Staged is null)
            {
                continue;
            }

            DiskFlush.CreateFolder(Path.GetDirectoryName(file.Path)!);
            if (!isFree || !ExclusiveRename.TryMove(file.Staged, file.Path))
            {
                // A caption left behind would be taken for the caption of the other file.
                _ = TryRemove([.. claimed.Select(mine => mine.Path)]);
                throw DataErrors.OutputExists(file.Path);
            }

            DiskFlush.NoteName(file.Path);
            claimed.Add(file);
        }
    }

    private static void Replace(OutputFile file)
    {
        if (file.Staged is null)
        {
            File.Delete(file.Path);
            return;
        }

        DiskFlush.CreateFolder(Path.GetDirectoryName(file.Path)!);
        BusyFile.Retry(() => File.Move(file.Staged, file.Path, overwrite: true));
        DiskFlush.NoteName(file.Path);
    }

    private enum Owner
    {
        /// <summary>The name is free.</summary>
        None,

        /// <summary>The file already has the new content.</summary>
        Done,

        /// <summary>The content is in the log.</summary>
        Recipe,

        /// <summary>The file is in the log, but the user edited it.</summary>
        User,

        /// <summary>The name is not in the log.</summary>
        Stranger,
    }

    /// <param name="Path">Final path of the file.</param>
    /// <param name="Name">Name in the log.</param>
    /// <param name="Staged">Current path; <c>null</c> if the file is to be removed.</param>
    private sealed record OutputFile(string Path, string Name, string? Staged, string? Content);
}
