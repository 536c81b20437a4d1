using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Doctor;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.PixelUNet;

namespace TinySora.Engine.Tests.Data;

/// <summary>Folders that could crash a process: clips that take too much memory, or files that change while they are read.</summary>
public sealed class BadFolderTests : IDisposable
{
    private static readonly RunConfig Config = new() { Family = new PixelUNetConfig { Diffusion = new DiffusionConfig { Height = 64, Frames = 3 } } };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>60 000 x 1 pixels would become 3 840 000 x 64 when the shorter side is enlarged.</summary>
    [Fact]
    public void Line_of_60000_pixels_is_skipped_by_name_and_the_rest_is_used()
    {
        ClipFile.Write(folder.File("good.gif"), Tests.Media.Clips.MovingSquare(3, 64, 64));
        ClipFile.Write(folder.File("line.gif"), Clip.Black(3, 1, 60_000, 3));
        var skipped = new List<SkippedClip>();

        Assert.Contains(DatasetDoctor.Examine(folder.Path, Config.Clips), p => (p.Problem, p.Path) == (ClipProblemKind.TooLarge, folder.File("line.gif")));
        using (var data = ClipDataset.Open(folder.Path, Config.Clips))
        {
            Assert.Equal((1, folder.File("line.gif")), (data.Count, Assert.Single(data.Skipped).Path));
        }

        var clips = DatasetWriter.Import(
            [folder.Path], folder.File("out"), DatasetKinds.Videos, new ImportOptions { Frames = 2, Size = 600 },
            new ImportReport(skipped.Add, _ => { })).ToList();
        Assert.Equal(("good-000.gif", folder.File("line.gif")), (Path.GetFileName(Assert.Single(clips).Path), Assert.Single(skipped).Path));
        Directory.Delete(folder.File("out"), recursive: true);
        Assert.InRange(DatasetPreview.Draw(folder.Path, 8, 4, 0, skipped.Add).Picture.Width, 2 * 64, 2 * 192 + 100);
    }

    [Fact]
    public void Tiny_clip_does_not_enlarge_the_preview_of_large_ones()
    {
        ClipFile.Write(folder.File("large.gif"), Clip.Black(2, 192, 192, 3));
        ClipFile.Write(folder.File("tiny.gif"), Clip.Black(2, 1, 1, 3));
        Assert.InRange(DatasetPreview.Draw(folder.Path, 8, 4, 0, _ => { }).Picture.Width, 2 * 192, 2 * 192 + 100);
    }

    [Fact]
    public async Task Files_that_appear_and_vanish_while_a_folder_is_read_do_not_stop_it()
    {
        ClipFile.Write(folder.File("stays.gif"), Tests.Media.Clips.MovingSquare());
        var bytes = File.ReadAllBytes(folder.File("stays.gif"));
        var changes = Task.Run(() =>
        {
            for (var i = 0; i < 3000; i++)
            {
                var (clip, text) = (folder.File($"{i % 20}.gif"), folder.File($"{i % 20}.txt"));
                try
                {
                    File.WriteAllBytes(clip, bytes);
                    File.WriteAllText(text, "a caption");
                    File.Delete(i % 3 == 0 ? text : clip);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException && OperatingSystem.IsWindows())
                {
                    // On Windows a file cannot be replaced while it is read, so changes happen later.
                }
            }
        });
        do
        {
            Assert.Contains(DatasetDoctor.Examine(folder.Path), p => p.Path == folder.File("stays.gif"));
            Assert.InRange(DatasetSummary.FromFolder(folder.Path).Count, 1, 21);
            using (var data = ClipDataset.Open(folder.Path, Config.Clips))
            {
                Assert.InRange(data.Count, 1, 21);
            }

            Assert.InRange(Import([folder.Path], []).Count, 1, 21);
            Directory.Delete(folder.File("out"), recursive: true);
        }
        while (!changes.IsCompleted);
        await changes;
    }

    [Fact]
    public void Pipe_named_like_a_clip_does_not_block()
    {
        Needs.Program("mkfifo");

        ClipFile.Write(folder.File("good.gif"), Tests.Media.Clips.MovingSquare(3, 64, 64));
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [folder.File("pipe.gif")]))
        {
            mkfifo.WaitForExit();
        }

        using var data = ClipDataset.Open(folder.Path, Config.Clips);
        Assert.Equal((1, folder.File("pipe.gif")), (data.Count, Assert.Single(data.Skipped).Path));
    }

    /// <summary>Names that a shell, ffmpeg, a wildcard or a format string would interpret.</summary>
    [Fact]
    public void Training_import_and_summary_handle_unusual_names()
    {
        Needs.FFmpeg();
        string[] names = [.. new[] { "-i out.gif", "-y.mp4", "it's a \"clip\" [1].gif", "зелёный 赤.gif", "%03d $HOME `x`; rm.mp4", "a*?.gif", "http:x.mp4" }.Where(Names.CanBe)];
        foreach (var (name, i) in names.Select((n, i) => (n, i)))
        {
            ClipFile.Write(folder.File(name), Tests.Media.Clips.MovingSquare(4, 16, 16 + (2 * i)));
            CaptionFile.Write(folder.File(name), [name]);
        }

        using (var data = ClipDataset.Open(folder.Path, Config.Clips))
        {
            Assert.Empty(data.Skipped);
            Assert.Equal(names.Order(StringComparer.Ordinal), data.Captions);
        }

        Assert.Equal((7, 7), DatasetSummary.FromFolder(folder.Path) is var summary ? (summary.Count, summary.Captions) : default);
        var skipped = new List<SkippedClip>();
        var clips = Import(names.Select(n => folder.File(n)), skipped);
        Assert.Empty(skipped);
        Assert.Equal(names, clips.Select(c => c.Caption));
        Assert.All(clips, c => Assert.Equal((folder.File("out"), true), (Path.GetDirectoryName(c.Path), File.Exists(c.Path))));
    }

    [Fact]
    public void Large_clips_are_decoded_one_at_a_time()
    {
        int now = 0, most = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => MediaLimits.DecodeSerially(MediaLimits.DecodedBytes, () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            Thread.Sleep(2);
            return Interlocked.Decrement(ref now);
        }));
        Assert.Equal(1, most);
    }

    private List<DatasetClip> Import(IEnumerable<string> sources, List<SkippedClip> skipped)
    {
        var options = new ImportOptions { Frames = 2, Size = 8, MaxClipsPerVideo = 1 };
        return [.. DatasetWriter.Import(sources, folder.File("out"), DatasetKinds.Videos, options, new ImportReport(skipped.Add, _ => { }))];
    }
}
