using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;
using TinySora.Engine.Tests.Media.Video;

namespace TinySora.Engine.Tests.Data.Import;

/// <summary>Videos are GIFs, which need no ffmpeg: 10 frames per second, frame k with grey level 5 k.</summary>
public sealed class ImportVideosTests : IDisposable
{
    private static readonly ImportOptions TenPerSecond = new() { Frames = 4, Size = 8, FramesPerSecond = 10 };

    private readonly TemporaryFolder folder = new();
    private readonly List<SkippedClip> skipped = [];
    private readonly List<string> warnings = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Video_is_cut_into_consecutive_clips()
    {
        Film("film.gif", 11);
        File.WriteAllText(folder.File("film.txt"), "a grey wall \n");

        var clips = Import(TenPerSecond, "film.gif");

        Assert.Equal(["film-000.gif", "film-001.gif"], clips.Select(c => Path.GetFileName(c.Path)));
        Assert.Equal([0, 5, 10, 15], Levels(clips[0]));
        Assert.Equal([20, 25, 30, 35], Levels(clips[1]));
        Assert.All(clips, c => Assert.Equal("a grey wall", c.Caption));
        Assert.All(clips, c => Assert.Equal((4, 8, 8), ClipFile.Read(c.Path) is var read ? (read.Frames, read.Height, read.Width) : default));
        Assert.Equal("a grey wall\n", File.ReadAllText(folder.File("out", "film-001.txt")));
        Assert.Empty(skipped);
    }

    [Fact]
    public void Truncated_video_gives_its_readable_clips_and_is_named()
    {
        Needs.FFmpeg();
        Film("whole.mp4", 50, size: 64);
        var bytes = File.ReadAllBytes(folder.File("whole.mp4"));
        File.WriteAllBytes(folder.File("broken.mp4"), bytes[..(bytes.Length * 8 / 10)]);

        var clips = Import(TenPerSecond, "broken.mp4", "whole.mp4").ToLookup(clip => Path.GetFileName(clip.Path)[..5]);
        Assert.Equal(12, clips["whole"].Count());
        Assert.InRange(clips["broke"].Count(), 1, 11);
        var cut = Assert.Single(skipped);
        Assert.Equal(folder.File("broken.mp4"), cut.Path);
        Assert.Contains("truncated", cut.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Video_with_damaged_frames_gives_all_clips_and_is_named()
    {
        Needs.FFmpeg();
        Film("whole.mp4", 50, size: 64);
        var bytes = File.ReadAllBytes(folder.File("whole.mp4"));
        var data = bytes.AsSpan().IndexOf("mdat"u8) + 4;
        bytes.AsSpan(data + ((bytes.Length - data) / 2), 40).Fill(0xA5);
        File.WriteAllBytes(folder.File("broken.mp4"), bytes);

        Assert.NotEmpty(Import(TenPerSecond, "broken.mp4"));
        Assert.Contains("frames are damaged", Assert.Single(skipped).Reason, StringComparison.Ordinal);
    }

    /// <summary>Transport streams joined with cat: the timestamps of each part restart, or continue from its recording time.</summary>
    [Theory]
    [InlineData("0")]
    [InlineData("500")]
    public void Stream_whose_timestamps_jump_is_read_by_the_time_since_its_start(string second)
    {
        Needs.FFmpeg();
        foreach (var (name, seconds, offset, levels) in new[] { ("one.ts", 10, "0", "16+1.6*T"), ("two.ts", 110, second, "32+1.6*T") })
        {
            FFmpegProcess.Run(FFmpeg.Find(), name,
            [
                "-v", "error", "-f", "lavfi", "-i", $"color=black:size=32x32:rate=1:duration={seconds},geq=lum='{levels}':cb=128:cr=128",
                "-c:v", "mpeg4", "-q:v", "1", "-output_ts_offset", offset, folder.File(name),
            ]);
        }

        File.WriteAllBytes(folder.File("film.ts"), [.. File.ReadAllBytes(folder.File("one.ts")), .. File.ReadAllBytes(folder.File("two.ts"))]);

        File.WriteAllText(folder.File("c.csv"), "video,caption,start,duration\nfilm.ts,fifth,5,0.4\nfilm.ts,hundredth,100,0.4\n");

        var clips = Import(TenPerSecond with { CaptionsPath = folder.File("c.csv") }, "film.ts");

        Assert.Equal(["fifth", "hundredth"], clips.Select(clip => clip.Caption));
        Assert.InRange(Levels(clips[0])[0], 6, 12);
        Assert.InRange(Levels(clips[1])[0], 183, 189);
    }

    [Fact]
    public void Stride_rate_and_number_of_clips_are_applied()
    {
        Film("film.gif", 40);

        var clips = Import(TenPerSecond with { FramesPerSecond = 5, Stride = 0.4, MaxClipsPerVideo = 3 }, "film.gif");

        // Every second frame; the next clip starts two frames of the result later.
        Assert.Equal(3, clips.Count);
        var first = Levels(clips[0]);
        Assert.Equal([10, 10, 10], first.Zip(first[1..], (a, b) => b - a));
        Assert.Equal(first.Select(v => v + 20), Levels(clips[1]));
        Assert.Null(clips[0].Caption);
        Assert.False(File.Exists(folder.File("out", "film-000.txt")));
    }

    [Fact]
    public void Clip_that_does_not_fit_into_memory_is_refused()
    {
        Film("film.gif", 4);
        var error = Assert.Throws<TinySoraException>(() => Import(TenPerSecond with { Size = 1024, Frames = 1024 }, "film.gif"));
        Assert.Equal("TinySora.Data.OutOfRange", error.Id);
        Assert.Contains("-Frames is 1024; expected 1 to 341", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A video of large frames is read in as many parts as the memory limit requires, and not refused.</summary>
    [Theory]
    [InlineData(64, 512)]
    [InlineData(1024, 170)]
    [InlineData(4096, 10)]
    public void Few_large_frames_are_read_at_a_time(int size, int frames) =>
        Assert.Equal(2L * 3 * frames * size * size, VideoCutter.Bytes(TenPerSecond with { Size = size }));

    [Fact]
    public void Clips_across_the_windows_of_a_long_video_appear_exactly_once()
    {
        Film("film.gif", 1100, size: 4);

        var clips = Import(new ImportOptions { Frames = 3, Size = 4, FramesPerSecond = 10, Stride = 0.2 }, "film.gif");

        Assert.Equal(549, clips.Count);
        Assert.Equal(Enumerable.Range(0, 549).Select(i => i * 2 * 5 % 251), clips.Select(c => Levels(c)[0]));
    }

    [Fact]
    public void Table_gives_captions_and_time_spans()
    {
        Film("a.gif", 30);
        Film("sub/b.gif", 10);
        File.WriteAllText(folder.File("captions.csv"), """
            File, Caption, Start, Duration
            a.gif,"a wall, dark",0,0.9
            a.gif,"a wall;
            light",00:00:02,
            a.gif,"said twice",0,0.9
            sub/b,"the other",,
            nowhere.mp4,"not there",,
            """);

        var clips = Import(TenPerSecond with { CaptionsPath = folder.File("captions.csv") }, "a.gif", "sub");

        Assert.Equal(
            [
                ("a-000.gif", "a wall, dark", 0), ("a-001.gif", "a wall, dark", 20),
                ("a-002.gif", "a wall; light", 100), ("a-003.gif", "a wall; light", 120),
                ("b-000.gif", "the other", 0), ("b-001.gif", "the other", 20),
            ],
            clips.Select(c => (Path.GetFileName(c.Path), c.Caption!, Levels(c)[0])));
        Assert.Contains("that are not in the sources: 1;", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.EndsWith("'nowhere.mp4'.", warnings[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".json", """[{"file": "a.gif", "caption": "late", "start": 2, "duration": null}, {"file": "a.gif", "caption": "early", "duration": "0.9"}]""")]
    [InlineData(".jsonl", "{\"file\": \"a.gif\", \"caption\": \"late\", \"start\": \"0:00:02\"}\n{\"file\": \"a.gif\", \"caption\": \"early\", \"duration\": 0.9}")]
    [InlineData(".csv", "video,caption,start,end\na.gif,late,0:00:02,0:00:03\na.gif,early,,0.9\n")]
    [InlineData(".csv", "video,caption,start,end\na.gif,late,0:02,00:03.0\na.gif,early,,0.9\n")]
    [InlineData(".json", """[{"file": "a.gif", "caption": "late", "start": 2, "end": 3}, {"file": "a.gif", "caption": "early", "end": "0.9"}]""")]
    public void Time_spans_are_the_same_in_any_table_format(string extension, string text)
    {
        Film("a.gif", 30);
        File.WriteAllText(folder.File("c" + extension), text);

        var clips = Import(TenPerSecond with { CaptionsPath = folder.File("c" + extension) }, "a.gif");

        Assert.Equal([("late", 100), ("late", 120), ("early", 0), ("early", 20)], clips.Select(clip => (clip.Caption!, (int)Levels(clip)[0])));
    }

    /// <summary>In file names, macOS writes an accent after its letter, while keyboards type one combined letter.</summary>
    [Fact]
    public void Names_match_in_any_Unicode_normalization()
    {
        var (apart, composed) = ("e\u0301te\u0301.gif", "\u00e9t\u00e9.gif");
        Assert.SkipUnless(apart.Normalize() == composed, "This .NET has no tables of Unicode's forms.");
        Film("films/" + apart, 5);
        File.WriteAllText(folder.File("c.csv"), $"video,caption\n{composed},here\n");
        Assert.Equal("here", Assert.Single(Import(TenPerSecond with { CaptionsPath = folder.File("c.csv") }, "films")).Caption);
    }

    [Fact]
    public void First_of_several_captions_without_a_time_is_used_as_one_line()
    {
        Film("a.gif", 5);
        File.WriteAllText(folder.File("c.csv"), "video,caption\na.gif,\"one\nline; really\"\na.gif,two\n");

        var clip = Assert.Single(Import(TenPerSecond with { CaptionsPath = folder.File("c.csv") }, "a.gif"));

        Assert.Equal("one line; really", clip.Caption);
    }

    [Theory]
    [InlineData("films")]
    [InlineData("films/clips")]
    public void Clips_written_among_their_sources_are_not_sources_of_a_rerun(string folderOfClips)
    {
        Film("films/a.gif", 5);
        Film("films/sub/b.gif", 5);
        string[] Names(bool force) => [.. DatasetWriter.Import(
            [folder.File("films")], folder.File(folderOfClips), DatasetKinds.Videos, TenPerSecond with { Force = force }, new ImportReport(_ => { }, _ => { }))
            .Select(clip => Path.GetFileName(clip.Path))];
        var first = Names(force: false);
        Assert.Equal(first, Names(force: false));
        Assert.Equal(first, Names(force: true));
    }

    [Fact]
    public void Clips_among_their_sources_are_not_sources_after_their_video_is_gone()
    {
        Film("films/a.gif", 5);
        Film("films/b.gif", 5);
        List<DatasetClip> Start() => [.. DatasetWriter.Import(
            [folder.File("films")], folder.File("films", "clips"), DatasetKinds.Videos, TenPerSecond, new ImportReport(_ => { }, _ => { }))];
        Assert.Equal(2, Start().Count);
        File.Delete(folder.File("films", "b.gif"));
        Assert.Equal("a-000.gif", Path.GetFileName(Assert.Single(Start()).Path));
    }

    [Fact]
    public void Names_that_differ_only_in_case_are_distinct_if_both_exist()
    {
        Film("films/a.gif", 5);
        File.WriteAllText(folder.File("c.csv"), "video,caption\nA.gif,upper\na.gif,lower\n");
        Assert.Equal("lower", Assert.Single(Import(TenPerSecond with { CaptionsPath = folder.File("c.csv") }, "films")).Caption);
        File.WriteAllText(folder.File("c.csv"), "video,caption\nA.GIF,upper\n");
        Assert.Equal("upper", Assert.Single(Import(TenPerSecond with { CaptionsPath = folder.File("c.csv"), Force = true }, "films")).Caption);
    }

    [Theory]
    [InlineData("./a.gif")]
    [InlineData(".//a.gif")]
    [InlineData(@".\a.gif")]
    [InlineData("films/../films/a.gif")]
    [InlineData("./films/./a.gif")]
    public void Redundant_parts_of_a_path_are_ignored(string name)
    {
        Film("films/a.gif", 5);
        File.WriteAllText(folder.File("c.csv"), $"video,caption\n{name},here\n");
        Assert.Equal("here", Assert.Single(Import(TenPerSecond with { CaptionsPath = folder.File("c.csv") }, "films")).Caption);
    }

    [Theory]
    [InlineData(".csv", "video,caption\na.gif,caf\u00e9\n")]
    [InlineData(".jsonl", "{\"video\": \"a.gif\", \"caption\": \"caf\u00e9\"}\n")]
    [InlineData(".json", "[{\"video\": \"a.gif\", \"caption\": \"caf\u00e9\"}]")]
    public void Table_in_another_encoding_is_refused(string extension, string text)
    {
        Film("a.gif", 5);
        File.WriteAllText(folder.File("c" + extension), text, System.Text.Encoding.Latin1);
        var error = Assert.Throws<TinySoraException>(() => Import(TenPerSecond with { CaptionsPath = folder.File("c" + extension) }, "a.gif"));
        Assert.Equal("TinySora.Data.CaptionsUnreadable", error.Id);
        Assert.Contains("not UTF-8 text", error.Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("c" + extension), text, System.Text.Encoding.Unicode);
        Assert.Equal("caf\u00e9", Assert.Single(Import(TenPerSecond with { CaptionsPath = folder.File("c" + extension) }, "a.gif")).Caption);
    }

    [Theory]
    [InlineData("name,caption\na,b", "columns name, caption")]
    [InlineData("video,text\na,b", "columns video, text")]
    [InlineData("", "the file is empty")]
    [InlineData("video,caption,start\na.gif,b,soon", "line 2 has an invalid time in the column start: soon")]
    [InlineData("video,caption,start\na.gif,b,-1", "line 2 has an invalid time in the column start: -1")]
    [InlineData("video,caption,start,end\na.gif,b,2,1", "the segment on line 2 ends before it starts")]
    [InlineData("video,caption\na.gif,b\na.gif,a wall, dark", "line 3 has 3 values for 2 columns")]
    [InlineData("video,caption\na.gif,\"never closed", "c.csv")]
    [InlineData("""[{"file": "a", "captions": ["x"]}, {"file": "b"}]""", "entry 1 (counted from 0) has no text under caption or captions", ".json")]
    [InlineData("""[{"file": "a", "captions": ["x", 3]}]""", "entry 0 (counted from 0) has no text", ".json")]
    [InlineData("""[{"captions": ["x"]}]""", "entry 0 (counted from 0) has no text under video or file", ".json")]
    [InlineData("""["x"]""", "entry 0", ".json")]
    [InlineData("""{"other": []}""", "sentences or annotations", ".json")]
    [InlineData("[{", "c.json", ".json")]
    [InlineData("""[{"file": "a", "caption": "x", "start": "soon"}]""", "entry 0 (counted from 0) has an invalid time under start: soon", ".json")]
    [InlineData("""[{"file": "a", "caption": "x", "duration": -1}]""", "entry 0 (counted from 0) has an invalid time under duration: -1", ".json")]
    [InlineData("""[{"file": "a", "caption": "x", "start": 2, "end": 1}]""", "the segment in entry 0 (counted from 0) ends before it starts", ".json")]
    [InlineData("{\"file\": \"a\", \"caption\": \"x\"}\nno", "line 2 is not valid JSON", ".jsonl")]
    [InlineData("""[{"file": "a", "captions": []}]""", "entry 0 (counted from 0) has no text under caption or captions", ".json")]
    public void Invalid_table_is_refused(string text, string message, string extension = ".csv")
    {
        Film("a.gif", 5);
        File.WriteAllText(folder.File("c" + extension), text);

        var error = Assert.Throws<TinySoraException>(() => Import(TenPerSecond with { CaptionsPath = folder.File("c" + extension) }, "a.gif"));

        Assert.Equal("TinySora.Data.CaptionsUnreadable", error.Id);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_and_short_videos_are_reported_and_the_rest_is_imported()
    {
        File.WriteAllText(folder.File("bad.gif"), "no film");
        Film("good.gif", 4);
        Film("short.gif", 3);

        var clips = Import(TenPerSecond, "bad.gif", "short.gif", "good.gif");

        Assert.Equal("good-000.gif", Path.GetFileName(Assert.Single(clips).Path));
        Assert.Equal(["bad.gif", "short.gif"], skipped.Select(s => Path.GetFileName(s.Path)));
        Assert.Contains("shorter than one clip of 4 frames", skipped[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void No_video_with_a_clip_is_an_error_with_the_first_reason()
    {
        Film("short.gif", 3);
        Film("shorter.gif", 2);
        var error = Assert.Throws<TinySoraException>(() => Import(TenPerSecond, "short.gif", "shorter.gif"));
        Assert.Equal("TinySora.Data.NoUsableVideos", error.Id);
        Assert.Contains("(number of files: 2)", error.Message, StringComparison.Ordinal);
        Assert.Contains("short.gif': it is shorter than one clip of 4 frames", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, skipped.Count);
    }

    [Fact]
    public void Names_become_plain_and_unique_and_stay_in_the_folder()
    {
        Film("x/..gif", 4);
        Film("x/a b$(c).gif", 4);
        Film("y/a b$(c).gif", 4);
        Film("y/.. .gif", 4);

        var clips = Import(TenPerSecond, "x/a b$(c).gif", "y", "x/..gif");

        Assert.All(clips, c => Assert.Equal(folder.File("out"), Path.GetDirectoryName(c.Path)));
        Assert.Equal(["a_b__c-000.gif", "a_b__c_2-000.gif", "video-000.gif"], clips.Select(c => Path.GetFileName(c.Path)));
    }

    [Theory]
    [InlineData("\u4e8c", "\u4e8c")]
    [InlineData("\u0444\u0438\u043b\u044c\u043c 1", "\u0444\u0438\u043b\u044c\u043c_1")]
    [InlineData("\u0926\u094c\u0921\u093c", "\u0926\u094c\u0921\u093c")] // with combining marks
    [InlineData("\ud842\udfb7\u91ce\u5bb6", "\ud842\udfb7\u91ce\u5bb6")] // outside the Basic Multilingual Plane
    [InlineData("\u0645\u0642\u0637\u0639-\u0663", "\u0645\u0642\u0637\u0639-\u0663")]
    [InlineData("Gr\u00f6\u00dfe.2", "Gr\u00f6\u00dfe.2")]
    [InlineData("\ud83c\udfac", "video")]
    [InlineData("con", "con_")]
    [InlineData("Nul.take", "Nul_.take")]
    public void Letters_and_digits_of_every_script_are_kept_in_names(string name, string expected)
    {
        Assert.SkipUnless(Names.CanBe(name + ".gif"), "Windows takes no such name.");
        Film($"films/{name}.gif", 4);
        Assert.Equal(expected + "-000.gif", Path.GetFileName(Assert.Single(Import(TenPerSecond, "films")).Path));
    }

    [Theory]
    [InlineData("\u4e00", "\u4e8c")]
    [InlineData("a b", "a_b")]
    [InlineData("a$b", "a_b")]
    [InlineData("\ud83c\udfac", "\ud83d\ude00")]
    [InlineData("(x)", "x")]
    public void Video_added_later_does_not_take_the_name_of_another(string later, string first)
    {
        Film($"films/{first}.gif", 4);
        var before = Assert.Single(Import(TenPerSecond, "films"));
        Film($"films/{later}.gif", 8);

        Assert.Equal(3, Import(TenPerSecond, "films").Select(clip => clip.Path).Distinct().Count());
        Assert.Contains(before.Path, Directory.GetFiles(folder.File("out")));

        // Imported together they have the same names.
        Directory.Delete(folder.File("out"), recursive: true);
        var again = Import(TenPerSecond, "films").Select(clip => clip.Path).ToList();
        Assert.Equal(3, again.Distinct().Count());
        if (first.All(c => c < 128))
        {
            Assert.Equal([before.Path], again.Where(path => path == before.Path));
            Assert.Equal(1, ClipsOf(first, again));
        }
    }

    [Theory]
    [InlineData("\u8d64", 66)]
    [InlineData("x", 80)]
    public void Long_name_is_truncated_to_the_limit_of_file_systems(string letter, int letters)
    {
        var name = string.Concat(Enumerable.Repeat(letter, letters + 4)) + ".gif";
        Film(name, 4);
        var clip = Assert.Single(Import(TenPerSecond, name));
        Assert.Equal($"{string.Concat(Enumerable.Repeat(letter, letters))}-000.gif", Path.GetFileName(clip.Path));
    }

    [Fact]
    public void Conversion_of_pictures_is_reported_once_for_all_videos()
    {
        MadeVideos.Need("bwdif", "mpeg2video");
        foreach (var name in new[] { "one.mpg", "two.mpg" })
        {
            MadeVideos.Make(
                folder.File(name), "testsrc=size=176x144:rate=50:duration=1", "-vf", "tinterlace=interleave_top", "-r", "25", "-c:v", "mpeg2video",
                "-flags", "+ildct+ilme", "-pix_fmt", "yuv420p");
        }

        Import(TenPerSecond, "one.mpg", "two.mpg");

        Assert.Equal($"2 videos are interlaced and read deinterlaced (bwdif); the first is '{folder.File("one.mpg")}'.", Assert.Single(warnings));
    }

    [Fact]
    public void Existing_clips_are_kept_unless_forced_and_then_lose_stale_captions()
    {
        Film("a.gif", 4);
        Directory.CreateDirectory(folder.File("out"));
        File.WriteAllText(folder.File("out", "a-000.txt"), "mine");

        Assert.Equal("TinySora.Data.OutputExists",
            Assert.Throws<TinySoraException>(() => Import(TenPerSecond, "a.gif")).Id);
        Assert.Single(Import(TenPerSecond with { Force = true }, "a.gif"));
        Assert.False(File.Exists(folder.File("out", "a-000.txt")));
        Assert.Equal("TinySora.Data.OutputExists",
            Assert.Throws<TinySoraException>(() => Import(TenPerSecond with { Size = 4 }, "a.gif")).Id);
    }

    [Fact]
    public void File_in_the_way_of_a_later_clip_is_not_overwritten()
    {
        Film("a.gif", 8);
        Directory.CreateDirectory(folder.File("out"));
        File.WriteAllText(folder.File("out", "a-001.gif"), "mine");

        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Import(TenPerSecond, "a.gif")).Id);
        Assert.Equal("mine", File.ReadAllText(folder.File("out", "a-001.gif")));
    }

    [Fact]
    public void Interrupted_import_resumes_and_redoes_only_changes()
    {
        Film("a.gif", 8);
        Film("b.gif", 8);
        Film("c.gif", 4);
        var sources = new[] { "a.gif", "b.gif", "c.gif" }.Select(n => folder.File(n)).ToList();
        Assert.Equal(5, Start(sources).Count());
        // Simulates a kill in the middle of b.
        var log = folder.File("out", ".tinysora", "written.log");
        var lines = File.ReadAllText(log).Split('\n');
        File.WriteAllText(log, string.Join('\n', lines.Where(line => !line.StartsWith("done", StringComparison.Ordinal) || line.EndsWith("a.gif", StringComparison.Ordinal))));
        File.Delete(folder.File("out", "b-001.gif"));
        File.Delete(folder.File("out", "c-000.gif"));
        File.WriteAllText(folder.File("out", "a-000.txt"), "kept");

        Assert.Equal(5, Start(sources).Count());
        Assert.Equal("kept", File.ReadAllText(folder.File("out", "a-000.txt")));
        Assert.Equal(["a-000", "a-001", "b-000", "b-001", "c-000"],
            Directory.GetFiles(folder.File("out"), "*.gif").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

        Film("c.gif", 8);
        Assert.Equal(6, Start(sources).Count());
        Assert.Equal("kept", File.ReadAllText(folder.File("out", "a-000.txt")));

        IEnumerable<DatasetClip> Start(List<string> paths) =>
            DatasetWriter.Import(paths, folder.File("out"), DatasetKinds.Videos, TenPerSecond, new ImportReport(skipped.Add, warnings.Add));
    }

    [Fact]
    public void Changed_target_of_a_linked_video_remakes_its_clips()
    {
        Needs.Links(folder.Path);
        Film("target.gif", 4);
        File.CreateSymbolicLink(folder.File("a.gif"), folder.File("target.gif"));
        Assert.Single(Import(TenPerSecond, "a.gif"));

        Film("target.gif", 8);
        Assert.Equal(2, Import(TenPerSecond, "a.gif").Count);
    }

    [Fact]
    public void Changed_caption_remakes_its_clips_and_leaves_no_old_ones()
    {
        Film("a.gif", 4);
        Film("b.gif", 4);
        var options = TenPerSecond with { CaptionsPath = folder.File("c.csv"), CaptionChoice = CaptionChoice.All };
        File.WriteAllText(folder.File("c.csv"), "video,caption\na.gif,one\na.gif,two\nb.gif,three\n");
        Assert.Equal(3, Import(options, "a.gif", "b.gif").Count);
        File.WriteAllText(folder.File("out", "b-000.txt"), "kept");
        File.WriteAllText(folder.File("c.csv"), "video,caption\na.gif,new\nb.gif,three\n");

        Assert.Equal(["new", "kept"], Import(options, "a.gif", "b.gif").Select(c => c.Caption));
        Assert.Equal(["a-000.gif", "a-000.txt", "b-000.gif", "b-000.txt"],
            Directory.GetFiles(folder.File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Another_video_of_the_same_name_does_not_overwrite_the_first()
    {
        Film("x/a.gif", 4);
        Film("y/a.gif", 4);
        Import(TenPerSecond, "x/a.gif");

        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Import(TenPerSecond, "y/a.gif")).Id);
    }

    [Fact]
    public void Frames_span_the_whole_video_and_the_clip_lasts_as_long()
    {
        Film("a.gif", 31);
        Film("short.gif", 2);

        var clips = Import(new ImportOptions { Frames = 4, Size = 8, SpreadFrames = true }, "a.gif", "short.gif");

        Assert.Equal([0, 50, 100, 150], Levels(clips[0]));
        Assert.Equal(775, ClipFile.Read(clips[0].Path).FrameMilliseconds); // 3100 ms over 4 frames
        Assert.Equal([0, 0, 0, 5], Levels(clips[1]));
    }

    [Fact]
    public void Duration_uses_only_the_first_seconds()
    {
        Film("a.gif", 50);

        var spread = Import(new ImportOptions { Frames = 3, Size = 8, SpreadFrames = true, Duration = 2.1 }, "a.gif");
        Assert.Equal([0, 50, 100], Levels(Assert.Single(spread)));

        var cut = Import(TenPerSecond with { Duration = 0.9, Force = true }, "a.gif");
        Assert.Equal(2, cut.Count);
    }

    [Theory]
    [InlineData("c.csv", "video,caption\na.gif,one\na.gif,two\na.gif,one\n")]
    [InlineData("c.csv", "Path,Start,Duration,Caption\na.gif,00:00:00,,one\na.gif,00:00:00,,two\n")]
    [InlineData("c.json", """[{"file": "a.gif", "captions": ["one", "two"]}]""")]
    [InlineData("c.json", """{"sentences": [{"caption": "one", "video_id": "a", "sen_id": 0}, {"caption": "two", "video_id": "a"}]}""")]
    [InlineData("c.json", """{"annotations": [{"image_id": "a", "caption": "one"}, {"image_id": "a", "caption": "two"}]}""")]
    [InlineData("a.txt", "one\n two \none\n")]
    [InlineData("c.jsonl", "{\"file\": \"a.gif\", \"captions\": [\"one\"]}\n\n{\"file\": \"a.gif\", \"caption\": \"two\"}\n")]
    public void Each_caption_of_a_video_gives_a_clip_in_any_table_format(string name, string text)
    {
        Film("a.gif", 4);
        File.WriteAllText(folder.File(name), text);

        var table = name == "a.txt" ? null : folder.File(name);
        var clips = Import(TenPerSecond with { CaptionsPath = table, CaptionChoice = CaptionChoice.All }, "a.gif");

        Assert.Equal([("a-000.gif", "one"), ("a-001.gif", "two")], clips.Select(c => (Path.GetFileName(c.Path), c.Caption!)));
        Assert.Equal(File.ReadAllBytes(clips[0].Path), File.ReadAllBytes(clips[1].Path));
    }

    [Fact]
    public void All_captions_of_a_video_become_the_lines_of_one_clip()
    {
        Film("a.gif", 4);
        Film("b.gif", 4);
        File.WriteAllText(folder.File("c.csv"), "video,caption\na.gif,one\na.gif,two\na.gif,one\n");
        var options = TenPerSecond with { CaptionsPath = folder.File("c.csv"), CaptionChoice = CaptionChoice.Lines, Caption = "other" };

        var clips = Import(options, "a.gif", "b.gif");

        Assert.Equal([("a-000.gif", "one, two"), ("b-000.gif", "other")], clips.Select(c => (Path.GetFileName(c.Path), $"{c.Captions}")));
        Assert.Equal("one\ntwo\n", File.ReadAllText(folder.File("out", "a-000.txt")));
        Assert.Equal(clips, Import(options, "a.gif", "b.gif"));
    }

    [Fact]
    public void Random_captions_repeat_for_a_seed_and_use_all_captions()
    {
        Film("a.gif", 160);
        File.WriteAllText(folder.File("c.csv"), "video,caption\na.gif,one\na.gif,two\na.gif,three\n");
        var options = TenPerSecond with { CaptionsPath = folder.File("c.csv"), CaptionChoice = CaptionChoice.Random, Force = true };
        string?[] Captions(long seed) => [.. Import(options with { Seed = seed }, "a.gif").Select(c => c.Caption)];

        var first = Captions(1);

        Assert.Equal(["one", "three", "two"], first.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(first, Captions(1));
        Assert.NotEqual(first, Captions(2));
    }

    [Fact]
    public void Empty_cells_after_the_last_column_are_ignored()
    {
        Film("a.gif", 4);
        File.WriteAllText(folder.File("c.csv"), "video,caption\na.gif,here,,\n");
        Assert.Equal("here", Assert.Single(Import(TenPerSecond with { CaptionsPath = folder.File("c.csv") }, "a.gif")).Caption);
    }

    [Fact]
    public void Videos_missing_from_the_table_are_warned_about_once()
    {
        Film("d/a.gif", 4);
        Film("d/b.gif", 4);
        Film("d/c.gif", 4);
        File.WriteAllText(folder.File("c.csv"), "video,caption\nb.gif,known\n");

        var clips = Import(TenPerSecond with { CaptionsPath = folder.File("c.csv") }, "d");

        Assert.Equal([null, "known", null], clips.Select(c => c.Caption));
        Assert.StartsWith("Videos without a caption: 2; the first is 'a.gif'", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Videos_missing_from_the_table_get_the_common_caption_without_a_warning()
    {
        Film("d/a.gif", 4);
        Film("d/b.gif", 4);
        File.WriteAllText(folder.File("c.csv"), "video,caption\nb.gif,known\n");

        var clips = Import(TenPerSecond with { CaptionsPath = folder.File("c.csv"), Caption = "other" }, "d");

        Assert.Equal(["other", "known"], clips.Select(c => c.Caption));
        Assert.Empty(warnings);
    }

    [Fact]
    public void Missing_sources_and_folders_without_a_video_are_named()
    {
        Directory.CreateDirectory(folder.File("empty"));

        Assert.Equal("TinySora.Data.SourceMissing", Assert.Throws<TinySoraException>(() => Import(TenPerSecond, "none.mp4")).Id);
        Assert.Equal("TinySora.Data.NoVideos", Assert.Throws<TinySoraException>(() => Import(TenPerSecond, "empty")).Id);
        Assert.Equal("TinySora.Data.OutOfRange",
            Assert.Throws<TinySoraException>(() => Import(TenPerSecond with { FramesPerSecond = 0 }, "empty")).Id);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    private static int ClipsOf(string name, IEnumerable<string> paths) => paths.Count(path => Path.GetFileName(path).StartsWith($"{name}-", StringComparison.Ordinal));

    private List<DatasetClip> Import(ImportOptions options, params string[] sources) =>
    [
        .. DatasetWriter.Import(sources.Select(s => folder.File(s.Split('/'))), folder.File("out"), DatasetKinds.Videos, options,
            new ImportReport(skipped.Add, warnings.Add)),
    ];

    private void Film(string name, int frames, int size = 8)
    {
        var path = folder.File(name.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var clip = Clip.Black(frames, size, size, 3);
        for (var f = 0; f < frames; f++)
        {
            clip.Frame(f).Fill((byte)(f * 5 % 251));
        }

        ClipFile.Write(path, clip);
    }

    private static int[] Levels(DatasetClip clip)
    {
        var read = ClipFile.Read(clip.Path);
        return [.. Enumerable.Range(0, read.Frames).Select(f => (int)read.Frame(f)[0])];
    }
}
