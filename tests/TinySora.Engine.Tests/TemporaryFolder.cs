namespace TinySora.Engine.Tests;

/// <summary>A folder of its own for one test, removed afterwards.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tinysora-").FullName;

    /// <summary>The full path of a file or folder below this one; creates nothing.</summary>
    public string File(params string[] parts) => System.IO.Path.GetFullPath(System.IO.Path.Combine([Path, .. parts]));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
