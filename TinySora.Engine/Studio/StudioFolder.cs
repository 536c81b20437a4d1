using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Studio;

/// <summary>The folder that the studio was started in, which must contain all files that the page reads or writes.</summary>
internal sealed class StudioFolder(string folder)
{
    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    /// <summary>Returns the full path of a file in the folder and checks that no link leads out of the folder.</summary>
    /// <param name="path">Path relative to the folder, or a full path.</param>
    /// <exception cref="TinySoraException">OutsideFolder.</exception>
    public string Inside(string path)
    {
        string full;
        try
        {
            full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(Root, path)));
        }
        catch (ArgumentException)
        {
            throw StudioErrors.OutsideFolder(path, Root);
        }

        var isBelow = full.StartsWith(Path.EndsInDirectorySeparator(Root) ? Root : Root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        for (var part = full; isBelow && part.Length > Root.Length; part = Path.GetDirectoryName(part)!)
        {
            isBelow = new FileInfo(part).LinkTarget is null;
        }

        return isBelow ? full : throw StudioErrors.OutsideFolder(path, Root);
    }
}

/// <summary>Stores clips and images that were dropped on the page, in a temporary folder that is deleted when the studio ends.</summary>
internal sealed class StartFolder : IDisposable
{
    private readonly PrivateTempFolder folder = PrivateTempFolder.Create("studio");

    /// <summary>Stores a file if it is a readable clip. A second file with the same name replaces the first.</summary>
    /// <param name="name">File name from the browser. Only the part after the last slash is used, and only letters, digits, and the characters . - _.</param>
    /// <returns>The name under which the clip is stored, and the clip.</returns>
    /// <exception cref="TinySoraException">Those of <see cref="ClipFile.Read"/>.</exception>
    public (string Name, Clip Clip) Keep(string name, byte[] content)
    {
        var plain = string.Concat(name.Split('/', '\\')[^1].Select(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_')).TrimStart('.');
        plain = plain.Length > 80 ? plain[^80..] : plain;
        var path = Path.Combine(folder.Path, plain.Length == 0 ? "start" : plain);
        // Read the file in a separate folder, so that an unreadable file does not affect an earlier one with the same name.
        var own = Directory.CreateDirectory(Path.Combine(folder.Path, Path.GetRandomFileName()));
        try
        {
            var read = Path.Combine(own.FullName, Path.GetFileName(path));
            File.WriteAllBytes(read, content);
            var clip = Read(read, name);
            BusyFile.Retry(() => File.Move(read, path, overwrite: true));
            return (Path.GetFileName(path), clip);
        }
        finally
        {
            own.Delete(recursive: true);
        }
    }

    /// <summary>Reads a clip; errors contain the name of the dropped file instead of the temporary path.</summary>
    private static Clip Read(string path, string name)
    {
        try
        {
            return ClipFile.Read(path);
        }
        catch (TinySoraException e)
        {
            throw new TinySoraException(e.Id, e.Kind, name, e.Message.Replace(path, name, StringComparison.Ordinal), "Choose another clip or image.", e);
        }
    }

    /// <exception cref="TinySoraException">NoSuchStart.</exception>
    public string Find(string name) =>
        Directory.EnumerateFiles(folder.Path).FirstOrDefault(path => Path.GetFileName(path) == name) ?? throw StudioErrors.NoSuchStart(name);

    /// <summary>Copies a stored file to another folder, next to the videos whose recipes refer to it; an identical copy is reused.</summary>
    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public static string CopyTo(string other, string path) => OnFailure.Throw(other, GenerationErrors.CannotWrite, () =>
    {
        Directory.CreateDirectory(other);
        var content = File.ReadAllBytes(path);
        for (var number = 1; ; number++)
        {
            var ending = number == 1 ? Path.GetExtension(path) : $"_{number}{Path.GetExtension(path)}";
            var copy = Path.Combine(other, Path.GetFileNameWithoutExtension(path) + ending);
            if (!File.Exists(copy))
            {
                File.WriteAllBytes(copy, content);
                return copy;
            }

            if (File.ReadAllBytes(copy).AsSpan().SequenceEqual(content))
            {
                return copy;
            }
        }
    });

    public void Dispose() => folder.Dispose();
}
