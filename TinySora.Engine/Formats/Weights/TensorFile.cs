using TinySora.Engine.Errors;
using TinySora.Engine.Formats.PyTorch;

namespace TinySora.Engine.Formats.Weights;

/// <summary>Opens weight files of any format.</summary>
public static class TensorFile
{
    /// <summary>Opens a weight file. The format is determined by the content, because weight files have many different extensions.</summary>
    /// <exception cref="TinySoraException">The errors that <see cref="SafetensorsFile.Open"/> and <see cref="PyTorchFile.Open"/> throw.</exception>
    public static ITensorFile Open(string path) =>
        SafetensorsFile.IsOne(path) || (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) && !PyTorchFile.IsOne(path))
            ? SafetensorsFile.Open(path)
            : PyTorchFile.Open(path);
}
