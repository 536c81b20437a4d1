using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Media;

/// <summary>The output of tests/reference/make_media_golden.py: files made by Pillow or by hand, and the pixels that Pillow reads from them.</summary>
internal static class MediaGolden
{
    public sealed record Expected(int Frames, int Height, int Width, bool Transparent, double[] Delays);

    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    public static IReadOnlyDictionary<string, Expected> Index { get; } =
        JsonSerializer.Deserialize<Dictionary<string, Expected>>(File.ReadAllText(PathOf("media.json")), Json)!;

    public static TheoryData<string> Names(string extension) => [.. Index.Keys.Where(name => name.EndsWith(extension, StringComparison.Ordinal))];

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "Media", name);

    public static byte[] Unzip(string name)
    {
        using var zip = new GZipStream(File.OpenRead(PathOf(name)), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        zip.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>Clips to write, and comparisons with what is read back.</summary>
internal static class Clips
{
    /// <summary>Changes the delay of a frame in a GIF file.</summary>
    public static void SetDelay(string path, int frame, ushort hundredths)
    {
        var bytes = File.ReadAllBytes(path);
        var at = -1;
        for (var f = 0; f <= frame; f++)
        {
            at += 1 + bytes.AsSpan(at + 1).IndexOf([(byte)0x21, (byte)0xF9, (byte)4]);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at + 4), hundredths);
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Draws a bright square on a dark background that moves right by one pixel per frame.</summary>
    public static Clip MovingSquare(int frames = 4, int height = 16, int width = 20, int frameMilliseconds = 120)
    {
        var clip = Clip.Black(frames, height, width, 3, frameMilliseconds);
        for (var f = 0; f < frames; f++)
        {
            for (var i = 0; i < height * width; i++)
            {
                var (y, x) = Math.DivRem(i, width);
                byte[] color = y is >= 4 and < 10 && x >= f + 2 && x < f + 8 ? [220, 60, 30] : [10, 20, 70];
                color.CopyTo(clip.Frame(f)[(3 * i)..]);
            }
        }
        return clip;
    }

    /// <summary>Creates a clip with far more colors than a GIF's palette holds.</summary>
    public static Clip Gradient(int frames, int height, int width, int channels = 3)
    {
        var clip = Clip.Black(frames, height, width, channels, 100);
        for (var f = 0; f < frames; f++)
        {
            for (var i = 0; i < height * width; i++)
            {
                var (y, x) = Math.DivRem(i, width);
                byte[] color = [(byte)(255 * x / width), (byte)(255 * y / height), (byte)(40 * f + (x + y) / 4), 255];
                color.AsSpan(0, channels).CopyTo(clip.Frame(f)[(channels * i)..]);
            }
        }
        return clip;
    }

    public static int LargestDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Assert.Equal(a.Length, b.Length);
        var largest = 0;
        for (var i = 0; i < a.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        }

        return largest;
    }

    public static double MeanDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Assert.Equal(a.Length, b.Length);
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += Math.Abs(a[i] - b[i]);
        }

        return sum / a.Length;
    }

    public static TinySoraException Fails(string id, Action action)
    {
        var error = Assert.Throws<TinySoraException>(action);
        Assert.Equal(id, error.Id);
        Assert.NotEmpty(error.Advice);
        return error;
    }
}
