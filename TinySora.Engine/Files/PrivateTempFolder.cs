using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>A folder within the system's temporary folder that only this user can read. Disposing it deletes the folder with its content.</summary>
internal sealed class PrivateTempFolder : IDisposable
{
    private static readonly HashSet<PrivateTempFolder> Open = [];

    private PrivateTempFolder(string path) => Path = path;

    public string Path { get; }

    /// <summary>Creates a private folder with a new name.</summary>
    /// <exception cref="TinySoraException">NoTemporaryFolder.</exception>
    public static PrivateTempFolder Create(string purpose) => OnFailure.Throw(System.IO.Path.GetTempPath(), RuntimeErrors.NoTemporaryFolder, () =>
    {
        lock (Open)
        {
            var folder = new PrivateTempFolder(Directory.CreateTempSubdirectory($"tinysora-{purpose}-").FullName);
            Open.Add(folder);
            return folder;
        }
    });

    /// <summary>Deletes all folders that this process has left, for a process that ends without disposing them.</summary>
    public static void DeleteAll()
    {
        lock (Open)
        {
            foreach (var folder in Open.ToList())
            {
                folder.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (Open)
        {
            if (Open.Remove(this))
            {
                OnFailure.Ignore(() => Directory.Delete(Path, recursive: true)); // the system's cleanup may have deleted the folder already
            }
        }
    }
}
