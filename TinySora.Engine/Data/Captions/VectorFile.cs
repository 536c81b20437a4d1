using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Numpy;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Captions;

/// <summary>NAME.npy beside NAME.gif: a vector that the clip is conditioned on instead of its caption.</summary>
public static class VectorFile
{
    /// <summary>The vector beside a clip; null when there is no file.</summary>
    /// <param name="width">How many numbers it must have; an axis of length 1 around them is no matter.</param>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable, VectorUnusable.</exception>
    public static float[]? Read(string clipPath, int width)
    {
        var path = FileBeside.Find(clipPath, ".npy");
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
        return vector.All(float.IsFinite) ? vector : throw DataErrors.VectorUnusable(path, "holds numbers that are not finite", width);
    }
}

/// <summary>A file that belongs to a clip: it has the clip's name and another extension.</summary>
internal static class FileBeside
{
    /// <summary>
    /// The path of the file in the clip's folder. Where file systems distinguish case, programs of other systems write NAME.TXT and NAME.Txt as well;
    /// the path ends in the extension as given if no such file exists.
    /// </summary>
    /// <param name="extension">With its dot, in lower case.</param>
    public static string Find(string clipPath, string extension)
    {
        var usual = Path.ChangeExtension(clipPath, extension);
        string[] others = [extension.ToUpperInvariant(), $".{char.ToUpperInvariant(extension[1])}{extension[2..]}"];
        return File.Exists(usual) ? usual : others.Select(other => Path.ChangeExtension(clipPath, other)).FirstOrDefault(File.Exists) ?? usual;
    }
}
