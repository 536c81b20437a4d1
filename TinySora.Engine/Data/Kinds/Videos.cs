using TinySora.Engine.Data.Import;

namespace TinySora.Engine.Data.Kinds;

/// <summary>Any videos or GIFs, or folders or archives that contain them, cut into consecutive clips.</summary>
internal sealed class Videos : ImportedKind
{
    public override string Name => "Videos";

    public override string Description => "Your own videos, GIFs, folders or archives (-Source), cut into clips.";

    public override IReadOnlyList<string> Parameters => [.. base.Parameters, "FramesPerSecond", "Stride", "MaxClipsPerVideo"];

    public override ImportOptions Defaults => new();
}
