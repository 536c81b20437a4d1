using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data;

/// <summary>
/// Datasets with splits: FOLDER/train and FOLDER/val, and optionally FOLDER/test. Flying MNIST and Split-TinySoraDataset use this layout. The VideoGPT
/// layout has only train and test.
/// </summary>
public static class DatasetSplit
{
    public const string Training = "train";
    public const string Validation = "val";

    private const string Test = "test";

    private static readonly string[] All = [Training, Validation, Test];

    /// <summary>Returns the folder of a split, or the folder itself if it has no splits. Without a validation split, the test split is used.</summary>
    /// <param name="split"><see cref="Training"/> or <see cref="Validation"/>.</param>
    /// <exception cref="TinySoraException">The folder has splits, but not this one.</exception>
    public static string FolderOf(string folder, string split)
    {
        if (!IsSplit(folder))
        {
            return folder;
        }

        string[] names = split == Validation ? [Validation, Test] : [split];
        return names.Select(name => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists)
            ?? throw DataErrors.SplitMissing(folder, Path.Combine(folder, split));
    }

    /// <summary>Returns whether a folder is a split that is not used for training.</summary>
    internal static bool IsHeldOut(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Path.GetFileName(full) is var name && name != Training && All.Contains(name)
            && Path.GetDirectoryName(full) is string parent && IsSplit(parent);
    }

    /// <summary>Returns whether a folder contains only split folders. A folder named train may also contain clips of trains.</summary>
    internal static bool IsSplit(string folder) => OnFailure.Return(false, () => // the code that reads the folder will report the failure
    {
        var names = new DirectoryInfo(folder).EnumerateFileSystemInfos()
            .Where(e => !ClipSource.IsHidden(e.Name) && (e is DirectoryInfo || ClipSource.Extensions.Contains(e.Extension.ToLowerInvariant())))
            .Select(e => e.Name).ToList();
        return names.Count > 0 && names.All(All.Contains);
    });
}
