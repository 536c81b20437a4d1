using TinySora.Engine.Media;

namespace TinySora.Engine.Data.Digits;

/// <summary>Pictures of the ten digits, light on black.</summary>
internal abstract class DigitSet
{
    /// <param name="path">A folder with the files of MNIST, or one file of images with its labels beside; null: drawn digits.</param>
    /// <param name="test">Of a folder the test images instead of those for training.</param>
    /// <exception cref="Errors.TinySoraException">A file is missing or no IDX file.</exception>
    public static DigitSet Open(string? path, bool test = false) => path is null ? new DrawnDigits() : HandwrittenDigits.Find(path, test);

    /// <summary>Pixels brighter than this are the digit, where it is painted without the soft edge that the others make.</summary>
    public abstract int SolidAbove { get; }

    /// <summary>One of the pictures of a digit: one frame, one channel, square.</summary>
    public abstract Clip Draw(int digit, ref SplitMix64 random);
}
