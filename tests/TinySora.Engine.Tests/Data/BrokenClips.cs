using System.IO.Compression;
using System.Text;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Doctor;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using static TinySora.Engine.Data.Doctor.ClipProblemKind;

namespace TinySora.Engine.Tests.Data;

/// <summary>Ways to break a clip of a drawn dataset, each with the expected problem.</summary>
internal static class BrokenClips
{
    /// <summary>Actions that take the path of a good captioned clip, and of another good clip whose name sorts before it.</summary>
    public static IReadOnlyList<(ClipProblemKind Problem, Action<string, string> Break)> Ways { get; } =
    [
        (OtherFormat, (path, _) => File.WriteAllText(path, "This is no GIF.\n")),
        (OtherFormat, (path, _) => File.WriteAllText(path, "\n<!DOCTYPE html><html><body>404 Not Found</body></html>")),
        (OtherFormat, (path, _) => WritePicture(path)),
        (OtherFormat, (path, _) => WriteZip(path)),
        (Corrupt, (path, _) => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^4])),
        (Corrupt, (path, _) => File.WriteAllBytes(path, File.ReadAllBytes(path)[..40])),
        (Empty, (path, _) => File.WriteAllBytes(path, [])),
        (Empty, (path, _) => Rename(path, ".mp4", [])),
        (TooLarge, (path, _) => MakeWide(path)),
        (TooLarge, (path, _) => WriteBomb(path)),
        (Static, (path, _) => Repeat(path, frame: 0)),
        (Duplicate, Copy),
        (CaptionMissing, (path, _) => File.Delete(CaptionFile.PathFor(path))),
        (CaptionEmpty, (path, _) => File.WriteAllText(CaptionFile.PathFor(path), " \n")),
        (CaptionUnreadable, (path, _) => File.WriteAllBytes(CaptionFile.PathFor(path), Encoding.Latin1.GetBytes("grüner Kreis"))),
        (CaptionUnreadable, (path, _) => File.WriteAllBytes(CaptionFile.PathFor(path), Encoding.Unicode.GetBytes("no byte order mark"))),
    ];

    private static void WritePicture(string path)
    {
        var picture = Path.ChangeExtension(path, ".png");
        ClipFile.Write(picture, Clip.Black(1, 8, 8, 3));
        File.Move(picture, path, overwrite: true);
    }

    private static void WriteZip(string path)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        zip.CreateEntry("a.gif");
    }

    private static void Rename(string path, string extension, byte[] content)
    {
        File.Delete(path);
        File.WriteAllBytes(Path.ChangeExtension(path, extension), content);
    }

    /// <summary>Writes a header of 60 000 x 60 000 pixels.</summary>
    private static void MakeWide(string path)
    {
        var file = File.ReadAllBytes(path);
        (file[6], file[7], file[8], file[9]) = (0x60, 0xEA, 0x60, 0xEA);
        File.WriteAllBytes(path, file);
    }

    /// <summary>Writes 400 frames of one pixel each on a screen of 1000 x 1000: 8 KB that unpack to 1.6 GB.</summary>
    private static void WriteBomb(string path)
    {
        byte[] start = [.. "GIF89a"u8, 0xE8, 3, 0xE8, 3, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
        byte[] frame = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
        File.WriteAllBytes(path, [.. start, .. Enumerable.Repeat(frame, 400).SelectMany(f => f)]);
    }

    private static void Repeat(string path, int frame)
    {
        var clip = ClipFile.Read(path);
        ClipFile.Write(path, Resample.Select(clip, [.. Enumerable.Repeat(frame, clip.Frames)]));
    }

    private static void Copy(string path, string first)
    {
        File.Copy(first, path, overwrite: true);
        File.Copy(CaptionFile.PathFor(first), CaptionFile.PathFor(path), overwrite: true);
    }
}
