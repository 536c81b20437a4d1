using TinySora.LibTorch;

namespace TinySora.Engine.Training.Cost;

internal static partial class MemoryUse
{
    static partial void GiveBackTensors() => Memory.Release();
}
