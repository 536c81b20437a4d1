using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Numpy;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Captions;

/// <summary>A file NAME.npy next to NAME.gif with a vector that the clip is conditioned on instead of its caption.</summary>
public static class VectorFile
{
    /// <summary>Reads the vector for a clip; returns <c>null</c> if the file is missing.</summary>
    /// <param name="width">Required number of values. Additional axes of length 1 are accepted.</param>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable, VectorUnusable.</exception>
    public static float[]? Read(string clipPath, int width)
    {
        var path = SidecarFile.Find(clipPath, ".npy");
        if (!File.Exists(path))
        {
            return null;
        }

        using var array = NpyFile.Read(path);
        if (array.numel() != width || array.shape.Count(size => size != 1) > 1)
        {
            throw DataErrors.VectorUnusable(path, $"has the shape ({string.Join(", ", array.shape)})", width);
        }

        using var numbers = array.to(ScalarType.Float32);
        var vector = numbers.data<float>().ToArray();
        return vector.All(float.IsFinite) ? vector : throw DataErrors.VectorUnusable(path, "contains NaN or infinite values", width);
    }
}
