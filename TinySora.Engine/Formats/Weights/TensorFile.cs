using TinySora.Engine.Errors;
using TinySora.Engine.Formats.PyTorch;

namespace TinySora.Engine.Formats.Weights;

/// <summary>Opens weight files of any format.</summary>
public static class TensorFile
{
    /// <summary>Opens a weight file. Its content determines the format, since weight files have many extensions.</summary>
    /// <exception cref="TinySoraException">The errors of <see cref="SafetensorsFile.Open"/> and <see cref="PyTorchFile.Open"/>.</exception>
    public static ITensorFile Open(string path) =>
        SafetensorsFile.IsOne(path) || (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) && !PyTorchFile.IsOne(path))
            ? SafetensorsFile.Open(path)
            : PyTorchFile.Open(path);
}
