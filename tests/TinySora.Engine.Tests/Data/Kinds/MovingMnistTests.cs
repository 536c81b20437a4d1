using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.RegularExpressions;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Digits;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Data.Kinds;

public sealed partial class MovingMnistTests : IDisposable
{
    private static readonly SyntheticKind Kind = (SyntheticKind)DatasetKinds.Find("MovingMnist");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Captions_name_the_digit_its_direction_and_whether_it_bounces()
    {
        WriteMnist();
        var open = Kind.Open(Kind.Defaults with { Seed = 2, DigitsPath = folder.Path });
        var directions = new HashSet<string>();
        for (var k = 0; k < 120; k++)
        {
            var (clip, captions) = open(k);
            var match = Caption().Match(captions[0]);
            Assert.True(match.Success, captions[0]);
            var (x, y, mass) = Track(clip);

            // The test digit d has d + 1 bright columns.
            Assert.All(mass, m => Assert.Equal((int.Parse(match.Groups[1].Value) + 1) * 28 * 200, m));
            var words = match.Groups[2].Value.Split(" and ");
            directions.Add(match.Groups[2].Value);
            AssertDirection(x, words.Contains("right") ? 1 : words.Contains("left") ? -1 : 0);
            AssertDirection(y, words.Contains("down") ? 1 : words.Contains("up") ? -1 : 0);
            Assert.Equal(match.Groups[3].Success, Turns(x) || Turns(y));
        }

        Assert.Equal(8, directions.Count);
    }

    [Fact]
    public void Built_in_digits_need_no_files_vary_and_can_be_told_apart()
    {
        var digits = DigitSet.Open(null);
        var random = new SplitMix64(1);
        byte[][] Some(int digit) => [.. Enumerable.Range(0, 40).Select(_ => digits.Draw(digit, ref random).Pixels)];
        var means = Enumerable.Range(0, 10).Select(d => Mean(Some(d))).ToList();
        var right = 0;
        for (var d = 0; d < 10; d++)
        {
            var drawn = Some(d);
            Assert.Equal(40, drawn.Select(Convert.ToHexString).Distinct().Count());
            Assert.All(drawn, pixels => Assert.InRange(pixels.Count(p => p > 127), 40, 300));
            right += drawn.Count(pixels => Enumerable.Range(0, 10).MinBy(other => Distance(means[other], pixels)) == d);
        }

        // Classified by the nearest mean.
        Assert.InRange(right, 380, 400);
    }

    [Theory]
    [InlineData(32, null, 14)]
    [InlineData(64, null, 28)]
    [InlineData(72, 128, 28)]
    public void Digits_are_28_pixels_high_and_smaller_in_smaller_pictures(int height, int? width, int size)
    {
        WriteMnist();
        var (clip, _) = Kind.Open(Kind.Defaults with { Size = height, Width = width, Frames = 48, DigitsPath = folder.Path })(0);

        Assert.Equal((48, height, width ?? height, 1), (clip.Frames, clip.Height, clip.Width, clip.Channels));
        for (var f = 0; f < 48; f++)
        {
            var rows = Enumerable.Range(0, height).Count(r => clip.Frame(f).Slice(r * clip.Width, clip.Width).ContainsAnyExcept((byte)0));
            Assert.Equal(size, rows);
        }
    }

    [Fact]
    public void Several_digits_share_a_picture_and_its_caption()
    {
        var open = Kind.Open(Kind.Defaults with { DigitsPerClip = 3, Frames = 2 });

        Assert.Equal(3, open(5).Captions[0].Split(", ").Length);
        Assert.Equal(open(5).Clip.Pixels, open(5).Clip.Pixels);
        Assert.NotEqual(open(5).Clip.Pixels, open(6).Clip.Pixels);
    }

    [Theory]
    [InlineData(false, "train-images-idx3-ubyte", "train-labels-idx1-ubyte")]
    [InlineData(true, "train-images.idx3-ubyte.gz", "train-labels.idx1-ubyte.gz")]
    public void Files_are_found_compressed_or_not_in_a_folder_or_by_name(bool compressed, string images, string labels)
    {
        WriteMnist(images, labels, compressed);
        var random = new SplitMix64(0);

        Assert.Equal(4 * 28, DigitSet.Open(folder.Path).Draw(3, ref random).Pixels.Count(p => p == 200));
        Assert.Equal(4 * 28, DigitSet.Open(folder.File(images)).Draw(3, ref random).Pixels.Count(p => p == 200));
    }

    [Fact]
    public void All_missing_files_are_named()
    {
        var error = Assert.Throws<TinySoraException>(() => DigitSet.Open(folder.Path));

        Assert.Equal("TinySora.Data.DigitsMissing", error.Id);
        Assert.All(["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"],
            name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("begins with the bytes 00000801", 3, 1)]
    [InlineData("begins with the bytes 6E6F2070", 0, 0x6E)]
    [InlineData("its header declares 10 x 28 x 4294967295 values", 12, 0xFFFFFFFF)]
    [InlineData("its header declares 0 x 28 x 28 values", 4, 0)]
    [InlineData("longer than the 9 x 28 x 28", 4, 9)]
    [InlineData("the file is truncated", 4, 11)]
    [InlineData("the file is truncated", 4, 1_000_000)]
    [InlineData("its images are 14 x 56 pixels, not square", 8, 14, 56)]
    public void Images_with_a_wrong_header_are_refused(string message, int position, long value, long second = -1)
    {
        WriteMnist();
        var path = folder.File("train-images-idx3-ubyte");
        var bytes = File.ReadAllBytes(path);
        if (position == 3)
        {
            bytes[3] = (byte)value;
        }
        else if (position == 0)
        {
            "no picture"u8.CopyTo(bytes);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(position), (uint)value);
            if (second >= 0)
            {
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(position + 4), (uint)second);
            }
        }

        File.WriteAllBytes(path, bytes);

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<TinySoraException>(() => DigitSet.Open(folder.Path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 64 << 20);
        Assert.Equal("TinySora.Data.NoIdxFile", error.Id);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_that_do_not_fit_the_images_are_refused()
    {
        WriteMnist();
        File.WriteAllBytes(folder.File("train-labels-idx1-ubyte"), Idx([9], new byte[9]));
        Assert.Contains("9 labels for 10 images", Assert.Throws<TinySoraException>(() => DigitSet.Open(folder.Path)).Message, StringComparison.Ordinal);

        File.WriteAllBytes(folder.File("train-labels-idx1-ubyte"), Idx([10], new byte[10]));
        Assert.Contains("no image has the label 1", Assert.Throws<TinySoraException>(() => DigitSet.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    /// <summary>Writes ten images in which the digit d has d + 1 columns of level 200.</summary>
    private void WriteMnist(string images = "train-images-idx3-ubyte", string labels = "train-labels-idx1-ubyte", bool compressed = false)
    {
        var pixels = Enumerable.Range(0, 10 * 28 * 28).Select(i => (byte)(i % 28 <= i / 784 ? 200 : 0)).ToArray();
        Write(images, Idx([10, 28, 28], pixels));
        Write(labels, Idx([10], [.. Enumerable.Range(0, 10).Select(d => (byte)d)]));

        void Write(string name, byte[] bytes)
        {
            using var file = File.Create(folder.File(name));
            using var stream = compressed ? new GZipStream(file, CompressionLevel.Fastest) : (Stream)file;
            stream.Write(bytes);
        }
    }

    private static byte[] Idx(int[] dimensions, byte[] values)
    {
        var header = new byte[4 + (4 * dimensions.Length)];
        (header[2], header[3]) = (8, (byte)dimensions.Length);
        for (var i = 0; i < dimensions.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + (4 * i)), dimensions[i]);
        }

        return [.. header, .. values];
    }

    /// <summary>Returns the left and upper bounds of the bright pixels, and the sum of all pixels, for each frame.</summary>
    private static (int[] X, int[] Y, int[] Mass) Track(Clip clip)
    {
        var frames = Enumerable.Range(0, clip.Frames).Select(f => clip.Frame(f).ToArray()).ToList();
        return (
            [.. frames.Select(p => Enumerable.Range(0, clip.Width).First(c => Enumerable.Range(0, clip.Height).Any(r => p[(r * clip.Width) + c] > 0)))],
            [.. frames.Select(p => Array.FindIndex(p, v => v > 0) / clip.Width)],
            [.. frames.Select(p => p.Sum(v => v))]);
    }

    private static void AssertDirection(int[] position, int sign)
    {
        Assert.Equal(sign, Math.Sign(position[5] - position[0]));
        Assert.All(Enumerable.Range(1, 5), f => Assert.True((position[f] - position[f - 1]) * sign >= 0));
    }

    private static bool Turns(int[] position)
    {
        var steps = position.Zip(position.Skip(1), (a, b) => Math.Sign(b - a)).Where(s => s != 0).Distinct();
        return steps.Count() > 1;
    }

    private static double[] Mean(byte[][] pictures) => [.. pictures[0].Select((_, i) => pictures.Average(p => p[i]))];

    private static double Distance(double[] mean, byte[] pixels) => mean.Zip(pixels, (m, p) => (m - p) * (m - p)).Sum();

    [GeneratedRegex("^digit ([0-9]) moving ((?:up|down|left|right)(?: and (?:left|right))?)( then bouncing)?$")]
    private static partial Regex Caption();
}
