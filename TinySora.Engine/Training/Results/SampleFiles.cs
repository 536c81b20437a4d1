using TinySora.Engine.Files;

namespace TinySora.Engine.Training.Results;

/// <summary>Clips that a run draws into its folder, at regular intervals and on request.</summary>
internal static class SampleFiles
{
    /// <summary>File name patterns.</summary>
    public static readonly string[] Patterns = ["sample-*.gif", "preview-*.gif"];

    /// <summary>Returns the samples in a folder, without links, which could expose any file of the user.</summary>
    /// <param name="mostBytes">Maximum file size; larger files are skipped.</param>
    public static IEnumerable<FileInfo> In(string folder, long mostBytes) =>
        Patterns.SelectMany(pattern => new DirectoryInfo(folder).GetFiles(pattern))
            .Where(file => file.LinkTarget is null && file.Length > 0 && file.Length <= mostBytes);

    /// <summary>Reads a sample; <c>null</c> if it has been removed or is not a regular file.</summary>
    public static byte[]? Read(string path, long mostBytes) =>
        OnFailure.Return(null, () => BusyFile.Retry(() => RegularFile.ReadAllBytes(path, mostBytes)));
}
