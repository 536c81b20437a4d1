using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Data.Digits;

/// <summary>Digits from MNIST, or from another dataset in the same format, in local files.</summary>
internal sealed class HandwrittenDigits : DigitSet
{
    private readonly byte[] images;
    private readonly int side;
    private readonly int[][] byDigit;

    private HandwrittenDigits(string imagesPath, string labelsPath)
    {
        var (pictures, labels) = (IdxFile.Read(imagesPath, 3), IdxFile.Read(labelsPath, 1));
        if (pictures.Dimensions is not [_, var height, var width] || height != width)
        {
            throw DataErrors.NoIdxFile(imagesPath, $"its images are {string.Join(" x ", pictures.Dimensions[1..])} pixels, not square");
        }

        if (labels.Values.Length != pictures.Dimensions[0])
        {
            throw DataErrors.NoIdxFile(labelsPath, $"it has {labels.Values.Length} labels for {pictures.Dimensions[0]} images");
        }

        (images, side) = (pictures.Values, height);
        byDigit = [.. Enumerable.Range(0, 10).Select(d => Enumerable.Range(0, labels.Values.Length).Where(i => labels.Values[i] == d).ToArray())];
        if (Array.FindIndex(byDigit, d => d.Length == 0) is >= 0 and var missing)
        {
            throw DataErrors.NoIdxFile(labelsPath, $"no image has the label {missing}");
        }
    }

    /// <summary>Brightness above which a pixel belongs to a digit, as in the published Flying MNIST.</summary>
    public override int SolidAbove => 150;

    public static HandwrittenDigits Find(string path, bool test)
    {
        if (File.Exists(path))
        {
            var name = Path.GetFileName(path).Replace("images", "labels", StringComparison.Ordinal).Replace("idx3", "idx1", StringComparison.Ordinal);
            return new HandwrittenDigits(path, FileIn(Path.GetDirectoryName(path)!, name) ?? throw DataErrors.DigitsMissing(path));
        }

        var split = test ? "t10k" : "train";
        return FileIn(path, $"{split}-images-idx3-ubyte") is string images && FileIn(path, $"{split}-labels-idx1-ubyte") is string labels
            ? new HandwrittenDigits(images, labels)
            : throw DataErrors.DigitsMissing(path);
    }

    public override Clip Draw(int digit, ref SplitMix64 random)
    {
        var index = byDigit[digit][random.Below(byDigit[digit].Length)];
        return new Clip(images.AsSpan(index * side * side, side * side).ToArray(), 1, side, side, 1);
    }

    /// <summary>
    /// Returns the path of one of MNIST's published files, compressed or not; <c>null</c> if it is missing. Some copies have a dot before <c>idx</c>.
    /// </summary>
    private static string? FileIn(string folder, string name) =>
        new[] { name, name + ".gz", name.Replace("-idx", ".idx", StringComparison.Ordinal), name.Replace("-idx", ".idx", StringComparison.Ordinal) + ".gz" }
            .Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists);
}
