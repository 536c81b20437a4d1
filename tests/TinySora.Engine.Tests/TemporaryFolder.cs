namespace TinySora.Engine.Tests;

/// <summary>A folder for one test, deleted afterwards.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tinysora-").FullName;

    /// <summary>Returns the full path of a file or folder in this folder, without creating it.</summary>
    public string File(params string[] parts) => System.IO.Path.GetFullPath(System.IO.Path.Combine([Path, .. parts]));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
