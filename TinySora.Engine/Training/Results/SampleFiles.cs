using TinySora.Engine.Files;

namespace TinySora.Engine.Training.Results;

/// <summary>The clips that a run draws into its folder: at its cadence, and when it is asked to.</summary>
internal static class SampleFiles
{
    /// <summary>The patterns of their names.</summary>
    public static readonly string[] Patterns = ["sample-*.gif", "preview-*.gif"];

    /// <summary>The samples in a folder. Links are not among them: a stranger's would show any file of this user.</summary>
    /// <param name="mostBytes">Larger ones are left out.</param>
    public static IEnumerable<FileInfo> In(string folder, long mostBytes) =>
        Patterns.SelectMany(pattern => new DirectoryInfo(folder).GetFiles(pattern))
            .Where(file => file.LinkTarget is null && file.Length > 0 && file.Length <= mostBytes);

    /// <summary>Reads a sample; `null` if it is gone, or is not a regular file.</summary>
    public static byte[]? Read(string path, long mostBytes) =>
        OnFailure.Return(null, () => BusyFile.Wait(() => RegularFile.ReadAllBytes(path, mostBytes)));
}
