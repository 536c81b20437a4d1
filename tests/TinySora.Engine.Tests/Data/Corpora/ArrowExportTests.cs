using TinySora.Engine.Data;
using TinySora.Engine.Data.Corpora;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Text;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Data.Corpora;

/// <summary>Uses the tiny CLIP of ClipTextEncoderTests (width 8); videos are GIFs, which need no ffmpeg.</summary>
public sealed class ArrowExportTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();
    private readonly List<SkippedClip> skipped = [];
    private readonly List<string> warnings = [];

    public ArrowExportTests() => ClipTextEncoderTests.CopyTo(folder.File("clip"));

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Each_caption_is_a_row_with_its_video_and_the_states_of_its_tokens()
    {
        Film("a.gif");
        Film("b.gif");
        Captions("c.json", """[{"file": "a.gif", "captions": ["a red circle", "circle left left red"], "split": "train"}, {"file": "b.gif", "captions": ["a red circle"]}]""");

        var part = Assert.Single(Export("c.json", o => o with { Parts = 1, Split = "train" }));

        Assert.Equal((folder.File("out", "part-00000"), "train", 3L, 2, 0), (part.Path, part.Split, part.Rows, part.Videos, part.TooLong));
        Assert.Contains("\"_split\": \"train\"", File.ReadAllText(Path.Combine(part.Path, "state.json")), StringComparison.Ordinal);
        using var dataset = ArrowDataset.Open(part.Path);
        Assert.Equal([new ArrowColumn("video_file", ArrowElement.Text), new ArrowColumn("text_latent_states", ArrowElement.Float32, 2)], dataset.Columns);
        Assert.Equal(["a.gif", "a.gif", "b.gif"], Files(part.Path));
        using var clip = ClipTextEncoder.Open(folder.File("clip"), CPU);
        var expected = clip.States([WeightedText.Literal("a red circle"), WeightedText.Literal("circle left left red")]).Unpad();
        Tensor[] states = [.. Enumerable.Range(0, 3).Select(row => dataset.ReadTensor(row, "text_latent_states")!)];
        Assert.All(states, s => Assert.Equal(8, s.shape[1]));
        Assert.Equal(expected.Select(e => e.shape[0]), states.Take(2).Select(s => s.shape[0]));
        Assert.NotEqual(states[0].shape[0], states[1].shape[0]);
        Assert.True(states[0].allclose(expected[0], atol: 1e-5) && states[1].allclose(expected[1], atol: 1e-5) && states[2].allclose(expected[0], atol: 1e-5));
    }

    [Theory]
    [InlineData("c.json", """[{"file": "a.gif", "captions": ["red", "left"]}, {"file": "b.gif", "captions": ["red"]}]""")]
    [InlineData("c.json", """[{"file": "a.gif", "captions": ["red"]}, {"file": "b.gif", "captions": ["red"]}, {"file": "a.gif", "captions": ["left"]}]""")]
    [InlineData("c.jsonl", "{\"file\": \"a.gif\", \"captions\": [\"red\", \"left\"], \"id\": 7}\n{\"file\": \"b.gif\", \"captions\": [\"red\"]}\n")]
    [InlineData("c.csv", "file,caption\na.gif,red\na.gif,left\nb.gif,red\n")]
    public void All_caption_formats_give_the_same_pairs(string name, string text)
    {
        Captions(name, text);
        Assert.Equal(
            [("a.gif", "red|left"), ("b.gif", "red")],
            CaptionEntry.Read(folder.File(name)).Select(e => (e.File, string.Join('|', e.Captions))));
    }

    [Theory]
    [InlineData("c.json", """[{"file": "a", "captions": ["x"]}, {"file": "b", "captions": []}]""", "entry 1 (counted from 0) has no text under caption or captions")]
    [InlineData("c.jsonl", "{\"file\": \"a\", \"captions\": [\"x\"]}\n{\"captions\": [\"x\"]}\n", "entry 1 (counted from 0) has no text under video or file")]
    [InlineData("c.jsonl", "{\"file\": \"a\", \"captions\": [\"x\"]}\n{\"file\": \"b\", \n", "line 2 is not valid JSON")]
    [InlineData("c.json", "[]", "the file has no entries")]
    [InlineData("c.json", """[{"file": "a\u0000.gif", "captions": ["x"]}]""", "'a?.gif' is not a valid file name")]
    [InlineData("c.csv", "file,caption,start\na.gif,red,2\n", "a segment of 'a.gif'")]
    public void Bad_entry_is_named_by_its_index(string name, string text, string message)
    {
        Captions(name, text);
        Directory.CreateDirectory(folder.File("films"));
        var error = Assert.Throws<TinySoraException>(() => Export(name));
        Assert.Equal("TinySora.Data.CaptionsUnreadable", error.Id);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void Videos_of_600_frames_are_kept_and_of_601_skipped_in_any_format()
    {
        Needs.FFmpeg();
        Film("long.gif", 601);
        Film("whole.gif", 600);
        Film("long.mp4", 601);
        Film("whole.mp4", 600);
        File.WriteAllText(folder.File("films", "bad.gif"), "no film");
        Captions("c.csv", "file,caption\nlong.gif,red\nwhole.gif,red\nwhole.gif,left\nlong.mp4,red\nwhole.mp4,red\nbad.gif,red\ngone.gif,red\n");

        var part = Assert.Single(Export("c.csv", o => o with { Parts = 1 }));

        Assert.Equal((3L, 2, 2), (part.Rows, part.Videos, part.TooLong));
        Assert.Equal(["whole.gif", "whole.gif", "whole.mp4"], Files(part.Path));
        Assert.Equal(["long.gif", "long.mp4", "bad.gif", "gone.gif"], part.Skipped.Select(s => Path.GetFileName(s.Path)));
        Assert.Equal(["bad.gif", "gone.gif"], skipped.Select(s => Path.GetFileName(s.Path)));
        Assert.StartsWith("Videos with more than 600 frames were skipped: 2 of 6", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, new[] { 1, 2, 2 })]
    [InlineData(1, new[] { 5 })]
    [InlineData(10, new[] { 1, 1, 1, 1, 1 })]
    public void Requested_number_of_parts_is_written_in_order(int parts, int[] sizes)
    {
        FiveFilms();
        var written = Export("c.csv", o => o with { Parts = parts });
        Assert.Equal(sizes, written.Select(p => p.Videos));
        Assert.Equal(Enumerable.Range(0, sizes.Length).Select(p => $"part-{p:D5}"), written.Select(p => Path.GetFileName(p.Path)));
        Assert.Equal(["4.gif", "0.gif", "3.gif", "1.gif", "2.gif"], written.SelectMany(p => Files(p.Path)));
    }

    [Fact]
    public void Part_without_a_usable_video_is_an_empty_dataset()
    {
        Film("a.gif");
        Captions("c.csv", "file,caption\na.gif,red\nb.gif,left\n");
        var written = Export("c.csv");
        Assert.Equal([1L, 0L], written.Select(p => p.Rows));
        Assert.Empty(Files(written[1].Path));
    }

    [Fact]
    public void Interrupted_run_leaves_only_whole_parts_and_resumes()
    {
        FiveFilms();
        using var stop = new CancellationTokenSource();
        var first = ArrowExport.Write(Options("c.csv") with { Parts = 2 }, Report, null, stop.Token).GetEnumerator();
        Assert.True(first.MoveNext());
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => first.MoveNext());
        first.Dispose();
        Assert.Equal(["part-00000"], Directory.GetDirectories(folder.File("out"), "part*").Select(Path.GetFileName));
        var before = File.GetLastWriteTimeUtc(folder.File("out", "part-00000", "state.json"));

        var written = Export("c.csv", o => o with { Parts = 2 });

        Assert.Equal([(2L, 2), (3L, 3)], written.Select(p => (p.Rows, p.Videos)));
        Assert.Equal(before, File.GetLastWriteTimeUtc(written[0].Path + "/state.json"));
        Assert.Equal(["4.gif", "0.gif", "3.gif", "1.gif", "2.gif"], written.SelectMany(p => Files(p.Path)));

        // The part of a changed video is rewritten, and videos skipped by an earlier run are still reported.
        File.WriteAllText(folder.File("films", "0.gif"), "no film");
        Assert.Equal([1L, 3L], Export("c.csv", o => o with { Parts = 2 }).Select(p => p.Rows));
        skipped.Clear();
        Assert.Equal([1, 0], Export("c.csv", o => o with { Parts = 2 }).Select(p => p.Skipped.Count));
        Assert.Equal("0.gif", Path.GetFileName(Assert.Single(skipped).Path));
    }

    [Fact]
    public void Parts_of_another_run_are_kept_without_force()
    {
        FiveFilms();
        Export("c.csv", o => o with { Parts = 3 });
        var error = Assert.Throws<TinySoraException>(() => Export("c.csv", o => o with { Parts = 2 }));
        Assert.Equal(("TinySora.Data.OutputExists", folder.File("out", "part-00000")), (error.Id, error.Target));
        Export("c.csv", o => o with { Parts = 2, Force = true });
        Assert.Equal(2, Directory.GetDirectories(folder.File("out"), "part-*").Length);
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("state.json")]
    public void Part_that_the_user_changed_is_kept_when_a_video_changes(string name)
    {
        FiveFilms();
        Export("c.csv", o => o with { Parts = 2 });
        var mine = folder.File("out", "part-00000", name);
        File.WriteAllText(mine, "mine");
        File.WriteAllText(folder.File("films", "0.gif"), "no film");
        for (var run = 1; run <= 2; run++)
        {
            Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Export("c.csv", o => o with { Parts = 2 })).Id);
            Assert.Equal("mine", File.ReadAllText(mine));
        }
    }

    [Fact]
    public void Missing_folders_and_encoder_files_are_named_before_writing()
    {
        FiveFilms();
        Assert.Equal("TinySora.Data.SourceMissing", Assert.Throws<TinySoraException>(() => Export("c.csv", o => o with { VideoPath = folder.File("x") })).Id);
        Assert.Equal("TinySora.Data.OutOfRange", Assert.Throws<TinySoraException>(() => Export("c.csv", o => o with { Parts = 0 })).Id);
        Assert.Equal("TinySora.Model.EncoderFilesMissing", Assert.Throws<TinySoraException>(() => Export("c.csv", o => o with { TextEncoderPath = folder.File("films") })).Id);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    private ImportReport Report => new(skipped.Add, warnings.Add);

    private List<ArrowPart> Export(string captions, Func<ArrowExportOptions, ArrowExportOptions>? change = null) =>
        [.. ArrowExport.Write((change ?? (o => o))(Options(captions)), Report)];

    private ArrowExportOptions Options(string captions) => new()
    {
        CaptionPath = folder.File(captions),
        VideoPath = folder.File("films"),
        OutputPath = folder.File("out"),
        TextEncoderPath = folder.File("clip"),
        Device = "cpu",
    };

    private static List<string?> Files(string part)
    {
        using var dataset = ArrowDataset.Open(part);
        return [.. Enumerable.Range(0, (int)dataset.Count).Select(row => dataset.ReadText(row, "video_file"))];
    }

    private void FiveFilms()
    {
        for (var f = 0; f < 5; f++)
        {
            Film($"{f}.gif");
        }

        Captions("c.csv", "file,caption\n4.gif,red\n0.gif,left\n3.gif,red\n1.gif,red\n2.gif,left\n");
    }

    private void Captions(string name, string text) => File.WriteAllText(folder.File(name), text);

    private void Film(string name, int frames = 2)
    {
        Directory.CreateDirectory(folder.File("films"));
        var clip = Clip.Black(frames, 16, 16, 3, 40);
        for (var f = 0; f < frames; f++)
        {
            clip.Frame(f).Fill((byte)f);
        }

        ClipFile.Write(folder.File("films", name), clip);
    }
}
