using TinySora.Engine.Errors;

namespace TinySora.Engine.Data;

/// <summary>
/// Datasets in splits, FOLDER/train and FOLDER/val, and if there is one FOLDER/test: the layout of Flying MNIST, and of what
/// Split-TinySoraDataset writes. VideoGPT's has train and test alone.
/// </summary>
public static class DatasetSplit
{
    public const string Training = "train";
    public const string Validation = "val";

    private const string Test = "test";

    private static readonly string[] All = [Training, Validation, Test];

    /// <summary>The folder of a split; of a folder that is not in splits itself. For a validation that is not there the test stands in.</summary>
    /// <param name="split"><see cref="Training"/> or <see cref="Validation"/>.</param>
    /// <exception cref="TinySoraException">The folder is in splits and lacks this one.</exception>
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

    /// <summary>Whether a folder is a split that is not trained on.</summary>
    internal static bool IsHeldOut(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Path.GetFileName(full) is var name && name != Training && All.Contains(name)
            && Path.GetDirectoryName(full) is string parent && IsSplit(parent);
    }

    /// <summary>Whether a folder holds folders of splits and nothing else: one named train may also be full of locomotives.</summary>
    internal static bool IsSplit(string folder)
    {
        try
        {
            var names = new DirectoryInfo(folder).EnumerateFileSystemInfos()
                .Where(e => e.Name[0] != '.' && (e is DirectoryInfo || ClipSource.Extensions.Contains(e.Extension.ToLowerInvariant())))
                .Select(e => e.Name).ToList();
            return names.Count > 0 && names.All(All.Contains);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            // Who reads it says what is wrong with it.
            return false;
        }
    }
}
