using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;

namespace TinySora.Benchmarks;

/// <summary>Folder with 2000 clips of colored shapes, 5 frames of 32 x 32, which the measurements share.</summary>
internal static class ShapesFolder
{
    /// <summary>Returns the path of the folder.</summary>
    /// <param name="isNew">Whether to draw the clips again, so that none of them is decoded; otherwise they are drawn only if missing.</param>
    public static string Get(bool isNew)
    {
        var folder = Path.Combine(Path.GetTempPath(), "tinysora-benchmark-2000");
        if (isNew && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        if (!Directory.Exists(folder))
        {
            _ = DatasetWriter.Draw(folder, DatasetKinds.Shapes, new DrawOptions { Count = 2000, Size = 32, Frames = 5 }).Count();
        }

        return folder;
    }
}
