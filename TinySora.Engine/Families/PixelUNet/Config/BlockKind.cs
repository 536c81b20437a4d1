using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.PixelUNet.Config;

/// <summary>Two names of the original for one block.</summary>
public enum BlockKind
{
    Basic,

    [Spelled("resnet")]
    ResNet,
}
