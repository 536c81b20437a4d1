using System.Globalization;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Data.Views;

/// <summary>The summary and the preview of a folder.</summary>
public sealed class DatasetLookTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<SkippedClip> skipped = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Summary_counts_clips_sizes_lengths_and_words()
    {
        Needs.FFmpeg();
        Write("a.gif", 4, 8, 10, "a red circle");
        Write("sub/b.gif", 6, 8, 10, "A blue circle moving left");
        Write("c.gif", 6, 16, 16, "a red circle");
        Write("d.mp4", 5, 16, 16, null);
        File.WriteAllText(folder.File("broken.gif"), "no GIF");

        var summary = DatasetSummary.FromFolder(folder.Path);

        Assert.Equal((4, 3, 2, 6), (summary.Count, summary.Captioned, summary.Captions, summary.Words));
        Assert.Equal(new ValueSummary(3, 11 / 3.0, 5), summary.WordsPerCaption);
        Assert.Equal([new SizeCount(10, 8, 2), new SizeCount(16, 16, 2)], summary.Sizes.OrderBy(s => s.Width));
        Assert.Equal(new ValueSummary(4, 21 / 4.0, 6), summary.Frames);
        Assert.Equal(2.1, summary.Duration.TotalSeconds, 3);
        Assert.Equal("broken.gif", Path.GetFileName(Assert.Single(summary.Unreadable).Path));
        Assert.True(summary.Bytes > 400);
        Assert.Equal("4 to 6, mean 5.3", summary.Frames!.ToString());
    }

    [Fact]
    public void Preview_shows_eight_first_frames_in_two_rows_the_same_for_a_seed()
    {
        for (byte i = 0; i < 12; i++)
        {
            Write($"{i:D2}.gif", 3, 64, 64, i == 3 ? null : $"clip {i}", level: (byte)(100 + i));
        }

        var preview = Draw(8, seed: 1);

        Assert.Equal(Enumerable.Range(1, 8), preview.Cells.Select(c => c.Number));
        Assert.Equal(8, preview.Cells.Select(c => c.Path).Distinct().Count());
        Assert.All(preview.Cells, c => Assert.Equal(CaptionFile.Read(c.Path), c.Caption));

        // 2 x 4 cells of 192 pixels with a margin of 14: the whole first frame, enlarged three times, above its number and caption.
        Assert.Equal((14 + (4 * (192 + 14)), 14 + (2 * (192 + 16 + 14))), (preview.Picture.Width, preview.Picture.Height));
        foreach (var cell in preview.Cells)
        {
            var (left, top) = (14 + ((cell.Number - 1) % 4 * (192 + 14)), 14 + ((cell.Number - 1) / 4 * (192 + 16 + 14)));
            var level = 100 + int.Parse(Path.GetFileNameWithoutExtension(cell.Path), CultureInfo.InvariantCulture);
            Assert.All(Enumerable.Range(0, 192 * 192), i => Assert.Equal(level, Red(left + (i % 192), top + (i / 192))));
            var label = $"{cell.Number}: {cell.Caption ?? "03.gif"}";
            for (var i = 0; i < label.Length * 5 * 7; i++)
            {
                var (letter, x, y) = (i / 35, i % 5, i / 5 % 7);
                Assert.Equal(BitmapFont.IsSet(label[letter], x, y), Red(left + (letter * BitmapFont.Advance) + x, top + 192 + 5 + y) < 128);
            }
        }

        int Red(int x, int y) => preview.Picture.Pixels[((y * preview.Picture.Width) + x) * 3];
        Assert.Equal(preview.Picture.Pixels, Draw(8, seed: 1).Picture.Pixels);
        Assert.NotEqual(preview.Cells.Select(c => c.Path), Draw(8, seed: 2).Cells.Select(c => c.Path));
    }

    [Fact]
    public void Broken_clip_is_replaced_and_a_small_dataset_is_shown_completely()
    {
        Write("a.gif", 2, 8, 8, "a");
        Write("large.gif", 2, 300, 400, "large");
        File.WriteAllText(folder.File("broken.gif"), "no GIF");

        Assert.Equal(["a.gif", "large.gif"], Draw(8, 0).Cells.Select(c => Path.GetFileName(c.Path)).Order(StringComparer.Ordinal));
        Assert.Equal("broken.gif", Path.GetFileName(Assert.Single(skipped).Path));
    }

    [Fact]
    public void Folders_without_a_clip_are_errors()
    {
        Assert.Equal("TinySora.Data.NoClips", Assert.Throws<TinySoraException>(() => Draw(8, 0)).Id);
        Assert.Equal("TinySora.Data.NoClips", Assert.Throws<TinySoraException>(() => DatasetSummary.FromFolder(folder.Path)).Id);
        File.WriteAllText(folder.File("broken.gif"), "no GIF");
        Assert.Equal("TinySora.Data.NoUsableClips", Assert.Throws<TinySoraException>(() => Draw(8, 0)).Id);
        Assert.Equal((0, 1), DatasetSummary.FromFolder(folder.Path) is var s ? (s.Count, s.Unreadable.Count) : default);
    }

    private DatasetPreview Draw(int count, long seed) => DatasetPreview.Draw(folder.Path, count, 4, seed, skipped.Add);

    private void Write(string name, int frames, int height, int width, string? caption, byte level = 50)
    {
        var path = folder.File(name.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var clip = Clip.Black(frames, height, width, 3, 100);
        clip.Frame(0).Fill(level);
        ClipFile.Write(path, clip);
        CaptionFile.Write(path, caption is null ? [] : [caption]);
    }
}
