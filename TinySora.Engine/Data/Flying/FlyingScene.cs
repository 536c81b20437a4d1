using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Png;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Flying;

/// <summary>Digits that move over a black background. Later digits cover earlier ones.</summary>
internal sealed class FlyingScene(IReadOnlyList<FlyingDigit> digits, int frames, int height, int width)
{
    public Clip Paint()
    {
        var clip = Clip.Black(frames, height, width, 3);
        for (var f = 0; f < frames; f++)
        {
            foreach (var digit in digits)
            {
                var start = f * clip.FrameLength;
                digit.ForEachPixel(f, height, width, (place, pixel) =>
                {
                    var (target, gray) = (start + (3 * place), digit.Gray[pixel]);
                    clip.Pixels[target] = (byte)(gray * digit.Color.Red / 24);
                    clip.Pixels[target + 1] = (byte)(gray * digit.Color.Green / 24);
                    clip.Pixels[target + 2] = (byte)(gray * digit.Color.Blue / 24);
                });
            }
        }

        return clip;
    }

    /// <summary>
    /// Writes masks of the digits as palette images, named <c>Annotations/NAME/00000.png</c> and so on. The value 0 is the background, and n is the n-th digit.
    /// The colors are those of the PASCAL VOC and DAVIS masks.
    /// </summary>
    /// <param name="clipPath">Path of the clip, which determines the folder and NAME.</param>
    /// <exception cref="TinySoraException">The file cannot be written.</exception>
    public void WriteMasks(string clipPath, CancellationToken cancellationToken)
    {
        byte[] palette = [.. Enumerable.Range(0, digits.Count + 1).SelectMany(VocColor)];
        WriteEach(clipPath, "Annotations", ".png", (path, f) =>
        {
            var mask = Clip.Black(1, height, width, 1);
            for (var n = 0; n < digits.Count; n++)
            {
                digits[n].ForEachPixel(f, height, width, (place, _) => mask.Pixels[place] = (byte)(n + 1));
            }

            AtomicFile.WriteStream(path, output => PngWriter.Write(output, mask, null, palette), MediaErrors.CannotWrite);
        }, cancellationToken);
    }

    /// <summary>
    /// Writes the optical flow from each frame to the next, in files named OpticalFlow/NAME/00000.flo and so on. The flow is measured as a fraction of the
    /// image's width and height, and is 0 where there is no digit.
    /// </summary>
    /// <inheritdoc cref="WriteMasks"/>
    public void WriteFlow(string clipPath, CancellationToken cancellationToken) =>
        WriteEach(clipPath, "OpticalFlow", ".flo", (path, f) =>
        {
            var flow = new float[2 * height * width];
            foreach (var digit in digits)
            {
                var (here, next) = (digit.Places[f], digit.Places[f + 1]);
                var (right, down) = ((float)((next.X - here.X) / width), (float)((next.Y - here.Y) / height));
                digit.ForEachPixel(f, height, width, (place, _) => (flow[2 * place], flow[(2 * place) + 1]) = (right, down));
            }

            FlowFile.Write(path, flow, height, width);
        }, cancellationToken);

    private void WriteEach(string clipPath, string what, string extension, Action<string, int> write, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Path.GetDirectoryName(clipPath)!, what, Path.GetFileNameWithoutExtension(clipPath));
        DiskFlush.CreateFolder(folder);
        for (var f = 0; f < frames; f++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            write(Path.Combine(folder, $"{f:D5}{extension}"), f);
        }
    }

    /// <summary>Distributes the bits of a number, three at a time, to red, green and blue, from the highest bit down.</summary>
    private static IEnumerable<byte> VocColor(int number) => Enumerable.Range(0, 3).Select(channel =>
        (byte)Enumerable.Range(0, 3).Sum(bit => ((number >> ((3 * bit) + channel)) & 1) << (7 - bit)));
}
