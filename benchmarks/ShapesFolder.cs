using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;

namespace TinySora.Benchmarks;

/// <summary>2 000 clips of coloured shapes, 5 frames of 32 x 32, that the measurements share.</summary>
internal static class ShapesFolder
{
    /// <summary>The folder's path.</summary>
    /// <param name="isNew">Drawn anew, so that nothing of it has been decoded; otherwise only where it is absent.</param>
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
