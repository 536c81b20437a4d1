using TinySora.Engine.Media.Formats;

namespace TinySora.Engine.Tests.Media.Formats;

public sealed class FileSignatureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a.jpg", "FFD8FFE0", null)]
    [InlineData("a.jpeg", "FFD8FFE0", null)]
    [InlineData("a.tiff", "49492A00", null)]
    [InlineData("a.TIF", "4D4D002A", null)]
    [InlineData("a.heif", "0000001866747970" + "68656963", null)]
    [InlineData("a.apng", "89504E47", null)]
    [InlineData("a.mov", "1A45DFA3", null)] // videos of any kind are read under the extension of another
    [InlineData("a.gif", "89504E47", "a PNG image")]
    [InlineData("a.png", "474946383961", "a GIF")]
    [InlineData("a.mp4", "504B0304", "a zip archive")]
    [InlineData("a.mp4", "2550444638", "a PDF document")]
    [InlineData("a.mp4", "00FF00FF", null)]
    [InlineData("a.mp4", "", null)]
    public void Format_that_differs_from_the_extension_is_named(string name, string bytes, string? format)
    {
        File.WriteAllBytes(folder.File(name), Convert.FromHexString(bytes));
        Assert.Equal(format, FileSignature.OfOtherFormat(folder.File(name))?.Name);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><title>404</title>", "a web page")]
    [InlineData("  <html>", "a web page")]
    [InlineData("not found", "text")]
    public void Page_of_a_failed_download_is_recognized(string text, string format)
    {
        File.WriteAllText(folder.File("a.mp4"), text);
        Assert.Equal(format, FileSignature.OfOtherFormat(folder.File("a.mp4"))!.Name);
        Assert.Null(FileSignature.OfOtherFormat(folder.File("missing.mp4")));
    }

    [Fact]
    public void Transport_stream_repeats_its_mark()
    {
        var packets = new byte[400];
        (packets[0], packets[188]) = (0x47, 0x47);
        Assert.Equal("an MPEG transport stream", FileSignature.Of(packets)!.Name);
        packets[0] = 0;
        Assert.Null(FileSignature.Of(packets));
        (packets[8], packets[196]) = (0x47, 0x47); // of Blu-rays, with a time before each packet
        Assert.Equal("an MPEG transport stream", FileSignature.Of(packets)!.Name);
    }

    [Theory]
    [InlineData("a.mp4", "474946383961", "x: broken", "it is a GIF, which does not match its extension")]
    [InlineData("a.mkv", "1A45DFA3", "x: broken", "it is a Matroska video that is corrupt or truncated (x: broken)")]
    [InlineData("a.mkv", "1A45DFA3", "Format not on whitelist", "it is a Matroska video that is corrupt or truncated")]
    [InlineData("a.mkv", "00FF", "Format not on whitelist", "it is corrupt or truncated, or its format does not match its extension")]
    [InlineData("a.mkv", "00FF", "x: broken", "x: broken")]
    public void Refusal_is_explained_without_the_whitelist(string name, string bytes, string complaint, string expected)
    {
        File.WriteAllBytes(folder.File(name), Convert.FromHexString(bytes));
        Assert.Equal(expected, FileSignature.ExplainRefusal(folder.File(name), $"file:{folder.File(name)}: {complaint}"));
    }

    [Theory]
    [InlineData("a.png", "89504E470D0A1A0A" + "6163544C", ".apng")]
    [InlineData("a.png", "89504E470D0A1A0A" + "49484452", null)]
    [InlineData("a.apng", "89504E470D0A1A0A" + "6163544C", null)]
    [InlineData("a.webp", "5249464600000000" + "5745425056503858" + "0A000000" + "02", "")]
    [InlineData("a.webp", "5249464600000000" + "5745425056503858" + "0A000000" + "00", null)]
    [InlineData("a.webp", "5249464600000000" + "5745425056503820" + "0A000000" + "02", null)]
    [InlineData("a.avif", "0000001866747970" + "61766973", ".avifs")]
    [InlineData("a.avif", "0000001866747970" + "61766966", null)]
    public void Animation_in_a_still_image_is_recognized(string name, string bytes, string? extension)
    {
        File.WriteAllBytes(folder.File(name), Convert.FromHexString(bytes));
        Assert.Equal(extension, FileSignature.AnimationOf(folder.File(name))?.Extension);
    }

    [Theory]
    [InlineData("FFD8", 1)]
    [InlineData("FFD8FFE10012" + "457869660000" + "49492A0008000000" + "0000", 1)] // a directory without entries
    [InlineData("FFD8FFE10000", 1)] // a segment of impossible length
    [InlineData("FFD8FFE00004" + "0000" + "FFE1001E" + "457869660000" + "49492A0008000000" + "0100" + "1201030001000000" + "06000000", 6)]
    [InlineData("FFD8FFE1001E" + "457869660000" + "4D4D002A00000008" + "0001" + "0112000300000001" + "00030000", 3)]
    [InlineData("FFD8FFDA0002" + "FFE1", 1)] // pixels begin
    [InlineData("FFD800000000", 1)]
    [InlineData("49492A0008000000" + "0100" + "1201030001000000" + "09000000", 1)] // not an orientation
    [InlineData("49492A0008000000" + "0100" + "0101030001000000" + "06000000", 1)] // another tag
    [InlineData("49492A00FFFF0000" + "0100", 1)]
    [InlineData("5249464600000000" + "57454250" + "56503858" + "01000000" + "0000" + "45584946" + "1A000000"
        + "49492A0008000000" + "0100" + "1201030001000000" + "08000000", 8)]
    [InlineData("5249464600000000" + "57454250" + "45584946" + "20000000" + "457869660000"
        + "49492A0008000000" + "0100" + "1201030001000000" + "05000000", 5)]
    [InlineData("5249464600000000" + "57454250" + "56503858" + "00000000", 1)]
    public void Orientation_is_found_in_each_format(string bytes, int orientation) =>
        Assert.Equal(orientation, ExifOrientation.Of(Convert.FromHexString(bytes)));
}
