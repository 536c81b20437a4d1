using TinySora.Engine.Errors;

namespace TinySora.Engine.Interop;

/// <summary>Folders among the system's temporary files.</summary>
internal static class OwnFolder
{
    /// <summary>Makes one of a new name; who makes it removes it.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="TinySoraException">NoTemporaryFolder.</exception>
    public static string Create(string purpose)
    {
        try
        {
            return Directory.CreateTempSubdirectory($"tinysora-{purpose}-").FullName;
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw RuntimeErrors.NoTemporaryFolder(Path.GetTempPath(), e);
        }
    }
}
