using System.IO.Compression;
using System.Text.Json;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Data.Kinds;

public sealed class DatasetWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Shapes_are_written_with_captions_that_the_checker_confirms()
    {
        var clips = Draw(folder.Path, 12, seed: 3).ToList();

        Assert.Equal(Enumerable.Range(0, 12).Select(k => folder.File($"{k:D5}.gif")), clips.Select(c => c.Path));
        foreach (var clip in clips)
        {
            var read = ClipFile.Read(clip.Path);
            Assert.Equal((5, 32, 32), (read.Frames, read.Width, read.Height));
            Assert.Equal(clip.Caption, File.ReadAllText(Path.ChangeExtension(clip.Path, ".txt")).TrimEnd('\n'));
            var truth = ShapesWorld.Parse(clip.Caption!)!;
            Assert.False(ShapesWorld.IsHeldOut(truth));
            Assert.Equal(new ShapesVerdict(truth.Color, truth.Shape, truth.Motion, true),
                ShapesChecker.Check(read));
        }
    }

    [Fact]
    public void Clip_depends_only_on_seed_and_number()
    {
        Assert.Equal(3, Draw(folder.File("few"), 3, seed: 9).Count());
        Assert.Equal(6, Draw(folder.File("many"), 6, seed: 9).Count());
        Assert.Equal(3, Draw(folder.File("other"), 3, seed: 10).Count());

        foreach (var name in new[] { "00000.gif", "00002.gif", "00002.txt" })
        {
            Assert.Equal(File.ReadAllBytes(folder.File("few", name)), File.ReadAllBytes(folder.File("many", name)));
        }

        Assert.NotEqual(File.ReadAllBytes(folder.File("few", "00002.gif")), File.ReadAllBytes(folder.File("other", "00002.gif")));
    }

    [Fact]
    public void Held_out_combinations_are_written_on_request()
    {
        var all = Draw(folder.Path, 192, 0, o => o with { Size = 8, Frames = 2, IncludeHeldOut = true });

        Assert.Equal(24, all.Count(c => ShapesWorld.IsHeldOut(ShapesWorld.Parse(c.Caption!)!)));
    }

    [Fact]
    public void Combinations_for_tuning_are_excluded_on_request()
    {
        var splits = Draw(folder.Path, 288, 0, o => o with { Size = 8, Frames = 2, ExcludeTuned = true })
            .Select(c => ShapesWorld.SplitOf(ShapesWorld.Parse(c.Caption!)!)).Distinct();
        Assert.Equal([ShapesSplit.Trained], splits);
    }

    /// <summary>The serialized options identify a folder; a new default key would make folders of earlier versions unresumable.</summary>
    [Fact]
    public void Unset_ExcludeTuned_is_not_serialized()
    {
        Assert.DoesNotContain(nameof(DrawOptions.ExcludeTuned), JsonSerializer.Serialize(new DrawOptions()), StringComparison.Ordinal);
        Assert.Contains(nameof(DrawOptions.ExcludeTuned), JsonSerializer.Serialize(new DrawOptions { ExcludeTuned = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void Existing_files_are_not_overwritten_without_force()
    {
        File.WriteAllText(folder.File("00001.txt"), "mine");

        var error = Assert.Throws<TinySoraException>(() => Draw(folder.Path, 2, 0));
        Assert.Equal(("TinySora.Data.OutputExists", folder.File("00001.txt")), (error.Id, error.Target));
        Assert.False(File.Exists(folder.File("00000.gif")));

        Assert.Equal(2, Draw(folder.Path, 2, 0, o => o with { Force = true }).Count());
        Assert.NotEqual("mine", File.ReadAllText(folder.File("00001.txt")));
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_before_writing()
    {
        var path = folder.File("new");
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => Draw(path, 0, 0)));
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => Draw(path, 1, 0, o => o with { Size = 4 })));
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => Draw(path, 1, 0, o => o with { Frames = 0 })));
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Cancelling_stops_soon_and_leaves_whole_pairs()
    {
        using var cancellation = new CancellationTokenSource();
        var clips = Draw(folder.Path, 100, 0, cancellation: cancellation.Token);

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var clip in clips)
            {
                if (clip.Path.EndsWith("00002.gif", StringComparison.Ordinal))
                {
                    cancellation.Cancel();
                }
            }
        });
        var files = Directory.GetFiles(folder.Path);
        Assert.InRange(files.Length, 6, 6 + (2 * 4 * EngineThread.ThreadCount()));
        Assert.All(files.GroupBy(Path.GetFileNameWithoutExtension), pair => Assert.Equal(2, pair.Count()));
    }

    /// <summary>Compares the writer's clips with those of a sequential loop.</summary>
    [Fact]
    public void Several_threads_write_the_same_files_as_one()
    {
        var options = DatasetKinds.Shapes.Defaults with { Count = 60, Seed = 5, Size = 16, Frames = 3 };
        var draw = DatasetKinds.Shapes.Open(options);
        Directory.CreateDirectory(folder.File("one"));
        for (var k = 0; k < 60; k++)
        {
            ClipFile.Write(folder.File("one", $"{k:D5}.gif"), draw(k).Clip);
            File.WriteAllText(folder.File("one", $"{k:D5}.txt"), draw(k).Captions[0] + "\n");
        }

        var clips = DatasetWriter.Draw(folder.File("many"), DatasetKinds.Shapes, options).Select(c => c.Path).ToList();

        Assert.Equal(Enumerable.Range(0, 60).Select(k => folder.File("many", $"{k:D5}.gif")), clips);
        Assert.Equal(Contents("one"), Contents("many"));
        var log = File.ReadAllLines(folder.File("many", ".tinysora", "written.log"));
        Assert.Equal(log.Length, log.Distinct().Count());
        Assert.Equal(60, log.Count(line => line.StartsWith("done 1 1 ", StringComparison.Ordinal)));

        IEnumerable<(string, string)> Contents(string name) => Directory.GetFiles(folder.File(name)).Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileName(path), Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))));
    }

    /// <summary>A rewritten log would be missing for a moment, and with it the record of a killed run's work.</summary>
    [Fact]
    public void Log_of_an_interrupted_run_is_append_only()
    {
        Assert.Equal(3, Draw(folder.Path, 30, seed: 1).Take(3).Count());
        var log = folder.File(".tinysora", "written.log");
        File.AppendAllText(log, "begin 00029 \n");
        var before = File.ReadAllText(log);
        File.AppendAllText(log, "begin 000");

        Assert.Equal(30, Draw(folder.Path, 30, seed: 1).Count());

        Assert.StartsWith(before + "begin 000", File.ReadAllText(log), StringComparison.Ordinal);
        Assert.DoesNotContain("begin 000begin", File.ReadAllText(log), StringComparison.Ordinal);
    }

    [Fact]
    public void Second_run_in_a_folder_in_use_is_refused()
    {
        using var first = Draw(folder.Path, 400, seed: 1).GetEnumerator();
        Assert.True(first.MoveNext());

        Assert.Equal("TinySora.Data.FolderInUse", IdOf(() => Draw(folder.Path, 400, seed: 1)));
    }

    [Fact]
    public void Second_of_two_runs_that_start_together_is_refused()
    {
        using OutputLog first = new(folder.Path, "recipe", force: false), second = new(folder.Path, "recipe", force: false);
        first.Begin("1");
        var refused = Assert.Throws<TinySoraException>(() => second.Begin("1"));
        Assert.Equal("TinySora.Data.FolderInUse", refused.Id);
        Assert.Contains("run the same command again", refused.Advice, StringComparison.Ordinal);
    }

    /// <summary>A run that read an older log would overwrite the newer one, and neither command could be resumed.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_overtaken_by_another_is_refused_and_rerunning_resumes(bool whole)
    {
        var slow = Draw(folder.Path, 3, seed: 1);
        Assert.Equal(whole ? 3 : 1, Draw(folder.Path, 3, seed: 1).Take(whole ? 3 : 1).Count());

        Assert.Equal("TinySora.Data.FolderInUse", IdOf(() => slow.Count()));
        Assert.Equal(3, Draw(folder.Path, 3, seed: 1).Count());
    }

    [Fact]
    public void Clips_begun_by_another_run_mean_that_the_folder_is_in_use()
    {
        DatasetItem item = new("00000");
        using DatasetFolder slow = new(folder.Path, "recipe", "gif", force: false);
        File.WriteAllText(folder.File("00000.txt"), "");
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => slow.CheckFree([item])).Id);
        using OutputLog other = new(folder.Path, "recipe", force: false);
        other.Begin(item.Key);
        Assert.Equal("TinySora.Data.FolderInUse", Assert.Throws<TinySoraException>(() => slow.CheckFree([item])).Id);
        other.Dispose();
        Assert.Equal("TinySora.Data.FolderInUse", Assert.Throws<TinySoraException>(() => slow.CheckFree([item])).Id);
    }

    [Fact]
    public void Second_unpacking_into_a_folder_in_use_is_refused()
    {
        var archive = folder.File("clips.zip");
        using (var zip = ZipFile.Open(archive, ZipArchiveMode.Create))
        {
            zip.CreateEntry("a.txt");
        }

        using UnpackedSources first = new(folder.File("out")), second = new(folder.File("out"));
        var there = Assert.Single(first.Open([archive], null, CancellationToken.None));
        Assert.Equal("TinySora.Data.FolderInUse", IdOf(() => second.Open([archive], null, CancellationToken.None)));
        Assert.True(Directory.Exists(there));
    }

    [Fact]
    public void Interrupted_run_resumes_without_redrawing()
    {
        Assert.Equal(4, Draw(folder.Path, 4, seed: 1).Count());
        // Simulates a kill: the second clip is half written; the third is complete, but the log does not record its end.
        var log = folder.File(".tinysora", "written.log");
        var lines = File.ReadAllLines(log).Where(line => line is not ("done 1 1 00001 " or "done 1 1 00002 " or "begin 00003 " or "done 1 1 00003 "));
        File.WriteAllText(log, string.Concat(lines.Select(line => line + "\n")) + "begin 00003 ... cut o");
        File.Delete(folder.File("00001.gif"));
        Directory.CreateDirectory(folder.File(".tinysora", "writing", "1"));
        File.WriteAllText(folder.File(".tinysora", "writing", "1", "00001.gif.partial"), "half");
        File.Delete(folder.File("00003.gif"));
        File.Delete(folder.File("00003.txt"));
        File.WriteAllText(folder.File("00000.txt"), "kept as it is");
        var before = File.GetLastWriteTimeUtc(folder.File("00000.gif"));

        var clips = Draw(folder.Path, 4, seed: 1).ToList();

        Assert.Equal(4, clips.Count);
        Assert.Equal("kept as it is", clips[0].Caption);
        Assert.Equal(before, File.GetLastWriteTimeUtc(folder.File("00000.gif")));
        Assert.Equal(4, Draw(folder.File("whole"), 4, seed: 1).Count());
        Assert.All(["00001.gif", "00001.txt", "00002.gif", "00003.gif"],
            name => Assert.Equal(File.ReadAllBytes(folder.File("whole", name)), File.ReadAllBytes(folder.File(name))));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.partial", SearchOption.AllDirectories));
    }

    [Fact]
    public void Longer_run_adds_clips_and_another_recipe_is_refused()
    {
        Assert.Equal(2, Draw(folder.Path, 2, seed: 1).Count());
        Assert.Equal(3, Draw(folder.Path, 3, seed: 1).Count());

        Assert.Equal("TinySora.Data.OutputExists", IdOf(() => Draw(folder.Path, 3, seed: 2)));
        Assert.Equal("TinySora.Data.OutputExists", IdOf(() => Draw(folder.Path, 3, seed: 1, o => o with { Size = 16 })));
    }

    [Fact]
    public void Clips_can_be_videos()
    {
        Needs.FFmpeg();
        var clip = Assert.Single(Draw(folder.Path, 1, seed: 0, o => o with { Format = "mp4" }));

        Assert.EndsWith("00000.mp4", clip.Path, StringComparison.Ordinal);
        Assert.Equal((5, 32, 32), ClipFile.Read(clip.Path) is var read ? (read.Frames, read.Height, read.Width) : default);
        Assert.Equal(clip.Caption, CaptionFile.Read(clip.Path));
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => Draw(folder.Path, 1, 0, o => o with { Format = "webm" })));
    }

    private static IEnumerable<DatasetClip> Draw(
        string path, int count, long seed, Func<DrawOptions, DrawOptions>? change = null, CancellationToken cancellation = default)
    {
        var options = DatasetKinds.Shapes.Defaults with { Count = count, Seed = seed };
        return DatasetWriter.Draw(path, DatasetKinds.Shapes, change?.Invoke(options) ?? options, cancellationToken: cancellation);
    }

    private static string IdOf(Func<object> action) => Assert.Throws<TinySoraException>(action).Id;
}
