using TinySora.Engine.Media;

namespace TinySora.Engine.Data.Digits;

/// <summary>Images of the ten digits, light on black.</summary>
internal abstract class DigitSet
{
    /// <param name="path">Folder with the MNIST files, or a file of images with its labels next to it; <c>null</c> for drawn digits.</param>
    /// <param name="test">Whether to use a folder's test images instead of its training images.</param>
    /// <exception cref="Errors.TinySoraException">A file is missing or not an IDX file.</exception>
    public static DigitSet Open(string? path, bool test = false) => path is null ? new DrawnDigits() : HandwrittenDigits.Find(path, test);

    /// <summary>Brightness above which a pixel belongs to a digit that is painted with hard edges.</summary>
    public abstract int SolidAbove { get; }

    /// <summary>Draws a square image of a digit, with one frame and one channel.</summary>
    public abstract Clip Draw(int digit, ref SplitMix64 random);
}
