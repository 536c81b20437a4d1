using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.PixelUNet;

/// <summary>Two names of the original for one block.</summary>
public enum BlockKind
{
    Basic,

    [Spelled("resnet")]
    ResNet,
}
