using System.Buffers.Binary;
using System.IO.Hashing;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media.Video;

namespace TinySora.Engine.Tests.Media.Files;

/// <summary>Pictures as written by cameras and other programs: rotated, mirrored, animated.</summary>
public sealed class PictureTests : IDisposable
{
    private const string Flat = "color=black:size=48x32:duration=1,drawbox=0:0:12:12:white:fill";

    /// <summary>Why this ffmpeg cannot read AVIF; <c>null</c> if it can.</summary>
    private static readonly Lazy<string?> AvifProblem = new(() =>
    {
        using var folder = new TemporaryFolder();
        MakeAvif(folder);
        return (Record.Exception(() => ClipFile.Read(folder.File("flat.avif"))) as TinySoraException)?.Message;
    });

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, int> Orientations =>
        [.. from format in new[] { "webp", "webp in Exif's form", "png", "tif" } from number in Enumerable.Range(1, 8) select (format, number)];

    [Theory]
    [MemberData(nameof(Orientations))]
    public void Picture_of_any_format_is_read_upright(string format, int orientation)
    {
        var number = (byte)orientation;
        byte[] exif = orientation % 2 == 0
            ? [.. "II*\0\b\0\0\0\u0001\0\u0012\u0001\u0003\0\u0001\0\0\0"u8, number, 0, 0, 0, 0, 0, 0, 0]
            : [.. "MM\0*\0\0\0\b\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001"u8, 0, number, 0, 0, 0, 0, 0, 0];
        var path = folder.File("photo." + format.Split(' ')[0]);
        switch (format)
        {
            case "png":
                ClipFile.Write(path, Corner());
                File.WriteAllBytes(path, WithChunk(File.ReadAllBytes(path), "eXIf", exif));
                break;
            case "tif":
                Needs.FFmpeg();
                MadeVideos.Make(path, Flat, "-frames:v", "1", "-pix_fmt", "rgb24");
                File.WriteAllBytes(path, WithOrientation(File.ReadAllBytes(path), number));
                break;
            default:
                MadeVideos.Need(encoder: "libwebp");
                MadeVideos.Make(path, Flat, "-frames:v", "1", "-lossless", "1");
                File.WriteAllBytes(path, WithExif(File.ReadAllBytes(path), format == "webp" ? exif : [.. "Exif\0\0"u8, .. exif]));
                break;
        }

        AssertUpright(ClipFile.Read(path), orientation);
    }

    /// <summary>ffmpeg takes such files for sequences of images, and short JPEG files for a stream.</summary>
    [Theory]
    [InlineData("large.jpg")]
    [InlineData("a%03d.jpg")]
    [InlineData("a%03d.bmp")]
    [InlineData("a%03d.tif")]
    public void Picture_of_any_length_and_name_is_read(string name)
    {
        Needs.FFmpeg();
        var made = folder.File("made" + Path.GetExtension(name));
        MadeVideos.Make(made, "testsrc=size=256x256:duration=0.04", "-frames:v", "1", "-q:v", "3");
        Assert.True(new FileInfo(made).Length > 4096);
        File.Move(made, folder.File(name));
        Assert.Equal((1, 256, 256), ClipFile.Read(folder.File(name)) is var clip ? (clip.Frames, clip.Height, clip.Width) : default);
    }

    /// <summary>ffmpeg returns a black image for these files.</summary>
    [Theory]
    [InlineData(0x142, 64)]
    [InlineData(0x103, 7)]
    public void Tiled_or_JPEG_compressed_TIFF_is_refused(int tag, int value)
    {
        File.WriteAllBytes(
            folder.File("photo.tif"), [.. "II*\0\b\0\0\0\u0001\0"u8, (byte)tag, (byte)(tag >> 8), 3, 0, 1, 0, 0, 0, (byte)value, 0, 0, 0, 0, 0, 0, 0]);
        Clips.Fails("TinySora.Media.PictureUnread", () => ClipFile.Read(folder.File("photo.tif")));
    }

    /// <summary>irot counts counterclockwise quarter turns, imir mirrors; both may be present, in either order.</summary>
    [Theory]
    [InlineData(6, "irot3")]
    [InlineData(3, "irot2")]
    [InlineData(8, "irot1")]
    [InlineData(2, "imir1")]
    [InlineData(4, "imir0")]
    [InlineData(5, "irot3", "imir1")]
    [InlineData(7, "imir1", "irot3")]
    public void AVIF_is_rotated_and_mirrored_by_its_properties(int orientation, params string[] properties)
    {
        NeedAvif();
        File.WriteAllBytes(folder.File("photo.avif"), properties.Aggregate(File.ReadAllBytes(folder.File("flat.avif")), WithProperty));
        AssertUpright(ClipFile.Read(folder.File("photo.avif")), orientation);
    }

    [Fact]
    public void HEIC_that_ffmpeg_cannot_read_is_recognized()
    {
        NeedAvif();
        var file = File.ReadAllBytes(folder.File("flat.avif"));
        "heic"u8.CopyTo(file.AsSpan(8));
        var at = file.AsSpan().IndexOf("infe"u8) + 12;
        "grid"u8.CopyTo(file.AsSpan(at));
        File.WriteAllBytes(folder.File("photo.heic"), file);
        var error = Clips.Fails("TinySora.Media.PictureUnread", () => ClipFile.Read(folder.File("photo.heic")));
        Assert.Contains("HEIC", error.Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("text.heic"), "no picture");
        Assert.Contains("not a valid HEIC file", Clips.Fails("TinySora.Media.Corrupt", () => ClipFile.Read(folder.File("text.heic"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Animated_PNG_or_AVIF_is_refused_by_its_format_and_read_with_its_own_extension()
    {
        MadeVideos.Need(encoder: "apng");
        MadeVideos.Make(folder.File("loop.apng"), "testsrc=size=32x24:rate=10:duration=0.5");
        File.Copy(folder.File("loop.apng"), folder.File("loop.png"));
        var error = Clips.Fails("TinySora.Media.AnimatedPicture", () => ClipFile.Read(folder.File("loop.png")));
        Assert.Contains("animated PNG", error.Message, StringComparison.Ordinal);
        Assert.Contains(".apng", error.Advice, StringComparison.Ordinal);
        Assert.Equal((5, 24, 32), ClipFile.Read(folder.File("loop.apng")) is var clip ? (clip.Frames, clip.Height, clip.Width) : default);

        MadeVideos.Need(encoder: "libaom-av1");
        MadeVideos.Make(folder.File("loop.avif"), "testsrc=size=32x24:rate=10:duration=0.5", "-c:v", "libaom-av1", "-cpu-used", "8");
        Assert.SkipUnless(File.ReadAllBytes(folder.File("loop.avif")).AsSpan(8).StartsWith("avis"u8), "This ffmpeg writes no animated AVIF.");
        error = Clips.Fails("TinySora.Media.AnimatedPicture", () => ClipFile.Read(folder.File("loop.avif")));
        Assert.Contains("animated AVIF", error.Message, StringComparison.Ordinal);
        File.Move(folder.File("loop.avif"), folder.File("loop.avifs"));
        Assert.Equal(5, ClipFile.Read(folder.File("loop.avifs")).Frames);
    }

    private void NeedAvif()
    {
        MadeVideos.Need(encoder: "libaom-av1");
        Assert.SkipUnless(AvifProblem.Value is null, $"This ffmpeg reads no AVIF: {AvifProblem.Value}");
        MakeAvif(folder);
    }

    private static void MakeAvif(TemporaryFolder folder) => MadeVideos.Make(
        folder.File("flat.avif"), Flat, "-frames:v", "1", "-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "10", "-still-picture", "1");

    private static Clip Corner()
    {
        var clip = Clip.Black(1, 32, 48, 3);
        for (var y = 0; y < 12; y++)
        {
            clip.Pixels.AsSpan(y * 48 * 3, 12 * 3).Fill(255);
        }

        return clip;
    }

    /// <summary>Checks that the white corner, which is stored first, is where the orientation puts it.</summary>
    private static void AssertUpright(Clip clip, int orientation)
    {
        var (bottom, right) = orientation switch { 1 or 5 => (0, 0), 2 or 6 => (0, 1), 3 or 7 => (1, 1), _ => (1, 0) };
        Assert.Equal(orientation >= 5 ? (48, 32) : (32, 48), (clip.Height, clip.Width));
        for (var corner = 0; corner < 4; corner++)
        {
            var (y, x) = (corner / 2 * (clip.Height - 1), corner % 2 * (clip.Width - 1));
            Assert.Equal((corner / 2, corner % 2) == (bottom, right), clip.Pixels[((y * clip.Width) + x) * clip.Channels] > 128);
        }
    }

    /// <summary>A PNG with an additional chunk after its header.</summary>
    private static byte[] WithChunk(byte[] png, string type, byte[] data)
    {
        byte[] chunk = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        byte[] length = new byte[4], crc = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32.HashToUInt32(chunk));
        return [.. png[..33], .. length, .. chunk, .. crc, .. png[33..]];
    }

    /// <summary>A WebP in the extended format with Exif data after the picture.</summary>
    private static byte[] WithExif(byte[] webp, byte[] exif)
    {
        byte[] picture = webp[12..], length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, exif.Length);
        byte[] chunks = [.. "VP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, 47, 0, 0, 31, 0, 0, .. picture, .. "EXIF"u8, .. length, .. exif, .. new byte[exif.Length & 1]];
        var size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, chunks.Length + 4);
        return [.. "RIFF"u8, .. size, .. "WEBP"u8, .. chunks];
    }

    /// <summary>ffmpeg's little-endian TIFF with one more entry in its directory, which moves to the end.</summary>
    private static byte[] WithOrientation(byte[] tiff, byte number)
    {
        var at = BinaryPrimitives.ReadInt32LittleEndian(tiff.AsSpan(4));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(tiff.AsSpan(at));
        var entries = Enumerable.Range(0, count).Select(i => tiff[(at + 2 + (i * 12))..(at + 14 + (i * 12))]).Where(entry => entry[..2] is not [0x12, 1])
            .Append([0x12, 1, 3, 0, 1, 0, 0, 0, number, 0, 0, 0]).OrderBy(entry => entry[0] | entry[1] << 8).ToList();
        byte[] moved = [.. tiff, .. new byte[tiff.Length & 1], (byte)entries.Count, 0, .. entries.SelectMany(entry => entry), 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(moved.AsSpan(4), tiff.Length + (tiff.Length & 1));
        return moved;
    }

    /// <summary>An AVIF with one more property of its single item, such as irot3.</summary>
    private static byte[] WithProperty(byte[] avif, string property)
    {
        byte[] box = [0, 0, 0, 9, .. System.Text.Encoding.ASCII.GetBytes(property[..4]), (byte)(property[4] - '0')];
        int ipco = At("ipco"), ipma = At("ipma");
        var properties = 0;
        for (var at = ipco + 8; at < ipco + Size(ipco); at += Size(at))
        {
            properties++;
        }

        var grown = avif.ToList();
        var links = ipma + 8 + 4 + 4 + 2; // one entry in version 0
        grown.Insert(links + 1 + avif[links], (byte)(0x80 | (properties + 1)));
        grown[links]++;
        grown.InsertRange(ipco + Size(ipco), box);
        var file = grown.ToArray();
        Grow(ipco, 9);
        Grow(ipma + 9, 1);
        Grow(At("iprp"), 10);
        Grow(At("meta"), 10);

        // The location of the picture: the iloc of a single item counts from the beginning of the file.
        var iloc = file.AsSpan().IndexOf("iloc"u8) - 4;
        var offset = Enumerable.Range(iloc + 12, BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(iloc)) - 12)
            .First(i => BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(i)) == avif.AsSpan().IndexOf("mdat"u8) + 4);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(offset), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(offset)) + 10);
        return file;

        int At(string type) => avif.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(type)) - 4;
        int Size(int at) => BinaryPrimitives.ReadInt32BigEndian(avif.AsSpan(at));
        void Grow(int at, int by) => BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at)) + by);
    }
}
