using System.Text;
using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media;
using TorchSharp;

namespace TinySora.Engine.Tests.Data.Import;

/// <summary>Captions of real files: an import writes text that can be read again, and reports text that it cannot use.</summary>
public sealed class CaptionImportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<string> warnings = [];

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Unprintable =>
        [.. Enumerable.Range(0, 32).Concat(Enumerable.Range(0x7F, 33)).Concat([0xFFFD, 0xFEFF, 0x2028, 0x2029, 0xFFFE]).Select(c => $"{(char)c}")];

    [Theory]
    [MemberData(nameof(Unprintable))]
    public void Captions_become_one_line_whatever_characters_the_table_has(string character)
    {
        foreach (var extension in (string[])[".json", ".jsonl", ".csv"])
        {
            Film("a.gif");
            File.WriteAllText(folder.File("c" + extension), Table(extension, $"a red{character} circle{character}"), new UTF8Encoding(false));

            var clip = Assert.Single(Import($"out{extension}", new ImportOptions { CaptionsPath = folder.File("c" + extension) }));

            Assert.Equal("a red circle", clip.Caption);
            Assert.Equal(["a red circle"], CaptionFile.ReadAll(clip.Path));
            Assert.Equal(1, DatasetSummary.FromFolder(folder.File("out" + extension)).Captioned);
            Assert.Equal(char.IsWhiteSpace(character[0]) ? 0 : 1, warnings.Count(warning => warning.Contains("were removed: 1; the first is 'a.gif'", StringComparison.Ordinal)));
            warnings.Clear();
        }
    }

    public static TheoryData<string> Dropped => [.. Unprintable.Select(row => row.Data).Where(character => !char.IsWhiteSpace(character[0]))];

    [Theory]
    [MemberData(nameof(Dropped))]
    public void Text_files_lose_the_same_characters_except_NUL(string character)
    {
        Film("a.gif");
        File.WriteAllText(folder.File("a.txt"), $"a red{character} circle\n", new UTF8Encoding(false));

        var clip = Assert.Single(Import("out", new ImportOptions()));

        var isUsed = character != "\0";
        Assert.Equal(isUsed ? "a red circle" : null, clip.Caption);
        Assert.Contains(
            isUsed ? "were removed: 1; the first is '" + folder.File("a.gif") : folder.File("a.txt"), Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".json")]
    [InlineData(".jsonl")]
    public void Half_a_surrogate_pair_in_a_table_is_removed_and_reported(string extension)
    {
        Film("a.gif");
        var row = """{"file": "a.gif", "caption": "a \\uD83D half \ud83d \udf89 of a sign \ud83c\udf89"}""";
        File.WriteAllText(folder.File("c" + extension), extension == ".json" ? $"[{row}]" : row);

        var clip = Assert.Single(Import("out", new ImportOptions { CaptionsPath = folder.File("c" + extension) }));

        Assert.Equal("a \\uD83D half of a sign \ud83c\udf89", clip.Caption);
        Assert.Contains("were removed: 1; the first is 'a.gif'", Assert.Single(warnings), StringComparison.Ordinal);
    }

    /// <summary>A cleared spreadsheet row still has its separators.</summary>
    [Theory]
    [InlineData(',')]
    [InlineData(';')]
    [InlineData('\t')]
    public void Empty_spreadsheet_rows_are_skipped(char separator)
    {
        Film("a.gif");
        var empty = new string(separator, 2);
        File.WriteAllText(
            folder.File("c.csv"), $"video{separator}caption{separator}start\r\n{empty}\r\na.gif{separator}a red circle{separator}{'"'}0,0{'"'}\r\n{empty}\r\n \r\n{separator} {separator}\r\n");
        Assert.Equal("a red circle", Assert.Single(Import("out", new ImportOptions { CaptionsPath = folder.File("c.csv") })).Caption);
        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("c.xlsx")]
    [InlineData("c.ods")]
    [InlineData("c.csv")]
    public void Spreadsheet_in_place_of_a_table_is_named(string name)
    {
        Film("a.gif");
        File.WriteAllBytes(folder.File(name), [.. "PK\x3\x4"u8, 20, 0, 0, 0, 8, 0, 0xFF, 0xFE, 0x9A]);
        var error = Clips.Fails("TinySora.Data.CaptionsUnreadable", () => Import("out", new ImportOptions { CaptionsPath = folder.File(name) }));
        Assert.Contains("Save the table as CSV", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one\ntwo", "one two")]
    [InlineData("one\r\ntwo\r\n", "one two")]
    [InlineData("one\rtwo", "one two")]
    [InlineData("one\vtwo\fthree\u0085four\u2028five", "one two three four five")]
    [InlineData("one\t two \u0007", "one two")]
    [InlineData("a half \ud83d of a sign \ud83c\udf89", "a half of a sign \ud83c\udf89")]
    public void Caption_for_all_clips_is_one_caption(string given, string written)
    {
        Film("a.gif");
        Assert.Equal(written, Assert.Single(Import("out", new ImportOptions { Caption = given })).Caption);
        Assert.Equal([written], CaptionFile.ReadAll(folder.File("out", "a-000.gif")));
        Assert.Equal(given.Contains('\u0007') || given.Contains("half", StringComparison.Ordinal) ? 1 : 0, warnings.Count);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("\u0007\n")]
    public void Caption_without_text_is_ignored(string given)
    {
        Film("a.gif");
        Assert.Null(Assert.Single(Import("out", new ImportOptions { Caption = given })).Caption);
        Assert.False(File.Exists(folder.File("out", "a-000.txt")));
    }

    [Fact]
    public void Folder_class_with_a_line_break_is_one_caption()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Names of files have no line breaks on Windows.");
        Film("pull\nups\u0007/a.gif");
        Assert.Equal("pull ups", Assert.Single(Import("out", new ImportOptions(), "Ucf101")).Caption);
    }

    [Theory]
    [InlineData("a.txt")]
    [InlineData("a.TXT")]
    [InlineData("a.Txt")]
    public void Text_file_is_found_whatever_the_case_of_its_extension(string name)
    {
        Film("a.gif");
        File.WriteAllText(folder.File(name), "a red circle\n");
        Assert.Equal("a red circle", Assert.Single(Import("out", new ImportOptions())).Caption);
        Assert.Equal("a red circle", CaptionFile.Read(folder.File("a.gif")));
        Assert.Empty(warnings);
    }

    [Fact]
    public void Vector_is_found_whatever_the_case_of_its_extension()
    {
        NpyFile.Write(folder.File("v.npy"), torch.ones(3));
        File.Move(folder.File("v.npy"), folder.File("a.NPY"));
        Assert.Equal([1, 1, 1], VectorFile.Read(folder.File("a.gif"), 3)!);
    }

    /// <summary>Text that is neither UTF-8 nor marked by a byte order mark is refused in a table, and reported in a clip's caption file.</summary>
    [Theory]
    [InlineData("iso-8859-1", false)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", false)]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-32", true)]
    public void Text_file_in_any_encoding_is_read_or_reported(string encoding, bool hasMark)
    {
        var code = Encoding.GetEncoding(encoding);
        byte[] bytes = [.. hasMark ? code.GetPreamble() : [], .. code.GetBytes("ein gr\u00fcner Kreis")];
        foreach (var name in (string[])["a", "b"])
        {
            Film($"{name}.gif");
            File.WriteAllBytes(folder.File($"{name}.txt"), bytes);
        }

        var clips = Import("out", new ImportOptions());

        Assert.All(clips, clip => Assert.Equal(hasMark ? "ein gr\u00fcner Kreis" : null, clip.Caption));
        using var data = ClipExamples.Open(folder.Path, Needs, null, CancellationToken.None);
        foreach (var messages in (IReadOnlyList<string>[])[
            warnings, DatasetSummary.FromFolder(folder.Path).CaptionProblems,
            [.. data.Notes.Where(note => note.IsWarning && note.Text.StartsWith("The caption", StringComparison.Ordinal)).Select(note => note.Text)]])
        {
            Assert.Equal(hasMark ? [] : [folder.File("a.txt"), folder.File("b.txt")], messages.Select(sentence => sentence.Split('\'')[1]));
        }
    }

    private static ClipRequirements Needs { get; } = new(new ClipShape(Channels: 3, Frames: 2, Height: 8), new ClipKeys("frames", "height", "width"));

    private static string Table(string extension, string caption) => extension switch
    {
        ".csv" => $"video,caption\na.gif,\"{caption}\"\n",
        ".json" => JsonSerializer.Serialize(new[] { new { video = "a.gif", caption } }),
        _ => JsonSerializer.Serialize(new { video = "a.gif", caption }),
    };

    private List<DatasetClip> Import(string output, ImportOptions options, string kind = "Videos") =>
    [
        .. DatasetWriter.Import(
            [kind == "Videos" && File.Exists(folder.File("a.gif")) && !File.Exists(folder.File("b.gif")) ? folder.File("a.gif") : folder.Path],
            folder.File(output), (ImportedKind)DatasetKinds.Find(kind), options with { Frames = 2, Size = 8, FramesPerSecond = 10 },
            new ImportReport(clip => Assert.Fail($"{clip}"), warnings.Add)),
    ];

    private void Film(string name)
    {
        var path = folder.File(name.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        ClipFile.Write(path, Clip.Black(2, 8, 8, 3));
    }
}
