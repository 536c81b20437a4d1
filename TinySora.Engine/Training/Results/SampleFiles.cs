using TinySora.Engine.Files;

namespace TinySora.Engine.Training.Results;

/// <summary>Finds the sample clips that a run writes to its folder, at regular intervals and on request.</summary>
internal static class SampleFiles
{
    /// <summary>File name patterns of samples.</summary>
    public static readonly string[] Patterns = ["sample-*.gif", "preview-*.gif"];

    /// <summary>Returns the samples in a folder. Links are omitted, because they could expose any file of the user.</summary>
    /// <param name="maxBytes">Maximum file size; larger files are skipped.</param>
    public static IEnumerable<FileInfo> In(string folder, long maxBytes) =>
        Patterns.SelectMany(pattern => new DirectoryInfo(folder).GetFiles(pattern))
            .Where(file => file.LinkTarget is null && file.Length > 0 && file.Length <= maxBytes);

    /// <summary>Reads a sample; returns <c>null</c> if it has been removed or is not a regular file.</summary>
    public static byte[]? Read(string path, long maxBytes) =>
        OnFailure.Return(null, () => BusyFile.Retry(() => RegularFile.ReadAllBytes(path, maxBytes)));
}
