using System.IO.Compression;
using System.Text.Json;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Corpora;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests.Data.Corpora;

/// <summary>Videos are only copied, so any bytes will do.</summary>
public sealed class MsrVttSplitterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<SkippedClip> skipped = [];
    private readonly List<string> warnings = [];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Three_splits_get_their_videos_and_captions_with_counts(bool isArchive)
    {
        Tree();
        if (isArchive)
        {
            ZipFile.CreateFromDirectory(folder.File("msr"), folder.File("msr.zip"));
        }

        var splits = Split(isArchive ? "msr.zip" : "msr");

        Assert.Equal([("train", 2, 3), ("val", 1, 1), ("test", 1, 2)], splits.Select(s => (s.Split, s.Videos, s.Captions)));
        Assert.Equal(folder.File("out", "train", "annotations.json"), splits[0].CaptionPath);
        Assert.Equal(["video0.mp4", "video2.mp4"], Names("train"));
        Assert.Equal("film 2", File.ReadAllText(Path.Combine(splits[0].VideoPath, "video2.mp4")));
        Assert.Equal(
            """
            [
                {
                    "file": "video2.mp4",
                    "captions": [
                        "a \"quoted\" dög"
                    ]
                },
                {
                    "file": "video0.mp4",
                    "captions": [
                        "one",
                        "two"
                    ]
                }
            ]

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(splits[0].CaptionPath));
        Assert.Empty(warnings);
        Assert.Empty(skipped);
        Assert.False(Directory.Exists(folder.File("out", ".tinysora", "unpacked")));
    }

    [Fact]
    public void One_entry_per_caption_gives_the_same_pairs()
    {
        Tree();
        var grouped = Split("msr")[0];
        var single = Split("msr", new MsrVttSplitOptions { EntryPerCaption = true }, "single")[0];

        Assert.Equal((grouped.Videos, grouped.Captions), (single.Videos, single.Captions));
        using var text = JsonDocument.Parse(File.ReadAllText(single.CaptionPath));
        Assert.Equal(["video2.mp4", "video0.mp4", "video0.mp4"], text.RootElement.EnumerateArray().Select(e => e.GetProperty("file").GetString()));
        Assert.Equal(Pairs(grouped), Pairs(single));

        static IEnumerable<(string, string)> Pairs(CorpusSplit split) =>
            CaptionEntry.Read(split.CaptionPath).SelectMany(e => e.Captions, (e, caption) => (e.File, caption));
    }

    [Fact]
    public void Ids_without_split_and_missing_videos_are_counted_in_warnings()
    {
        Tree();
        File.Delete(folder.File("msr", "videos", "all", "video0.mp4"));
        Write("msr/structured-symlinks/val_list_full.txt", "video1\nvideo7\n../video1\n");
        Write("msr/structured-symlinks/test_list_full.txt", "\n");

        var splits = Split("msr");

        Assert.Equal([(1, 1, 1), (1, 1, 2), (0, 0, 0)], splits.Select(s => (s.Videos, s.Captions, s.Skipped.Count)));
        Assert.Equal("The video 'video3' was skipped because it does not belong to any split.", Assert.Single(warnings));
        Assert.Equal(["the file is missing", "the file is missing", "its ID is not a valid file name"], skipped.Select(s => s.Reason));
        Assert.Equal(["video0.mp4", "video7.mp4"], skipped.Take(2).Select(s => Path.GetFileName(s.Path)));
        Assert.Equal("[]\n", File.ReadAllText(splits[2].CaptionPath));
    }

    [Fact]
    public void Rerun_copies_only_missing_files_and_keeps_other_files_without_force()
    {
        Tree();
        var train = Split("msr")[0];
        var kept = Path.Combine(train.VideoPath, "video2.mp4");
        File.WriteAllText(kept, "FILM 2");
        File.Delete(Path.Combine(train.VideoPath, "video0.mp4"));

        Split("msr");
        Assert.Equal("FILM 2", File.ReadAllText(kept));
        Assert.Equal(["video0.mp4", "video2.mp4"], Names("train"));

        File.WriteAllText(kept, "another film");
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Split("msr")).Id);
        Assert.Equal("another film", File.ReadAllText(kept));
        Split("msr", new MsrVttSplitOptions { Force = true });
        Assert.Equal("film 2", File.ReadAllText(kept));

        File.WriteAllText(train.CaptionPath, "[]");
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Split("msr")).Id);
    }

    [Theory]
    [InlineData("train/annotations.json")]
    [InlineData("train/videos/video0.mp4")]
    public void File_that_appears_at_any_moment_is_kept(string name)
    {
        Tree();
        var (mine, moment) = (folder.File("out", name), 0);
        for (; ActAt.Run(moment, Appear, () => Record.Exception(() => Split("msr"))); moment++)
        {
            Assert.Equal("mine", File.ReadAllText(mine));
            Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Split("msr")).Id);
            Assert.Equal("mine", File.ReadAllText(mine));
            Directory.Delete(folder.File("out"), recursive: true);
        }

        Assert.InRange(moment, 10, 1000);

        void Appear()
        {
            Directory.CreateDirectory(Path.GetDirectoryName(mine)!);
            File.WriteAllText(mine, "mine");
        }
    }

    [Fact]
    public void All_missing_inputs_are_listed()
    {
        Tree();
        File.Delete(folder.File("msr", "structured-symlinks", "val_list_full.txt"));
        Directory.Delete(folder.File("msr", "videos"), recursive: true);

        var error = Assert.Throws<TinySoraException>(() => Split("msr"));

        Assert.Equal("TinySora.Data.PartsMissing", error.Id);
        var parts = $": {Path.Combine("structured-symlinks", "val_list_full.txt")}, {Path.Combine("videos", "all", "ID.mp4")}.";
        Assert.StartsWith("Parts of MSR-VTT are missing in ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(parts, error.Message, StringComparison.Ordinal);
        Assert.Contains("Download", error.Advice, StringComparison.Ordinal);
        Assert.Equal("TinySora.Data.SourceMissing", Assert.Throws<TinySoraException>(() => Split("nowhere")).Id);
    }

    private List<CorpusSplit> Split(string source, MsrVttSplitOptions? options = null, string output = "out") =>
        [.. MsrVttSplitter.Split(folder.File(source), folder.File(output), options ?? new MsrVttSplitOptions(), new ImportReport(skipped.Add, warnings.Add))];

    private void Tree()
    {
        for (var v = 0; v < 4; v++)
        {
            Write($"msr/videos/all/video{v}.mp4", $"film {v}");
        }

        Write("msr/structured-symlinks/train_list_full.txt", "video0\nvideo2\n");
        Write("msr/structured-symlinks/val_list_full.txt", "video1");
        Write("msr/structured-symlinks/test_list_full.txt", "video3\r\n");
        Write("msr/annotation/MSR_VTT.json", """
            {"info": {}, "annotations": [{"image_id": "video2", "caption": "a \"quoted\" dög", "id": 0}, {"image_id": "video0", "caption": "one"},
            {"image_id": "video1", "caption": "three"}, {"image_id": "video0", "caption": "two"}, {"image_id": "video3", "caption": "same"}, {"image_id": "video3", "caption": "same"}]}
            """);
    }

    private string[] Names(string split) =>
        [.. Directory.GetFiles(folder.File("out", split, "videos")).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];

    private void Write(string name, string text)
    {
        var path = folder.File(name.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
