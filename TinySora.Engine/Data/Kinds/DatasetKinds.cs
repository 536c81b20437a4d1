using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Kinds;

/// <summary>All kinds of datasets. To add one, add a file to this folder and an entry here.</summary>
public static class DatasetKinds
{
    public static SyntheticKind Shapes { get; } = new Shapes();

    public static ImportedKind Videos { get; } = new Videos();

    public static IReadOnlyList<DatasetKind> All { get; } =
        [Shapes, new SpriteClips(), new SyntheticObjects(), new MovingMnist(), new FlyingMnist(), Videos, new MsrVtt(), new Ucf101(), new DatasetArchive()];

    /// <exception cref="TinySoraException">The kind is unknown.</exception>
    public static DatasetKind Find(string name) =>
        All.FirstOrDefault(k => k.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw DataErrors.UnknownKind(name, All.Select(k => k.Name));
}
