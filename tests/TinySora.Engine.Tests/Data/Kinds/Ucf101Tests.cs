using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Data.Kinds;

public sealed class Ucf101Tests : IDisposable
{
    private static readonly ImportedKind Kind = (ImportedKind)DatasetKinds.Find("ucf101");

    private readonly TemporaryFolder folder = new();
    private readonly List<string> warnings = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Class_is_the_caption_in_a_flat_folder_and_in_folders_of_classes()
    {
        Needs.FFmpeg();
        Film("v_TaiChi_g01_c01.avi");
        Film("PullUps/v_PullUps_g02_c03.avi");
        Film("brush_hair/film one.avi");

        var clips = Import();

        Assert.Equal(["pull ups", "brush hair", "tai chi"], clips.Select(c => c.Caption));
        var clip = ClipFile.Read(clips[0].Path);
        Assert.Equal((16, 64, 64), (clip.Frames, clip.Height, clip.Width));
        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("Cafe\u0301Dance/film.avi")]
    [InlineData("v_Cafe\u0301-dance_g01_c01.avi")]
    public void Letters_of_a_class_are_composed_as_in_prompts(string name)
    {
        Assert.SkipUnless("e\u0301".Normalize() == "\u00e9", "This .NET has no tables of Unicode's forms.");
        Assert.StartsWith("caf\u00e9", Kind.CaptionOf(name), StringComparison.Ordinal);
    }

    /// <summary>Uses the published filter, with a pattern that selects a video twice.</summary>
    [Theory]
    [InlineData("*WallPushups*\n*_PushUps*\n\n  *_TaiChi*\n*TaiChi_g01*\n", "v_PushUps_g01_c01 v_TaiChi_g01_c01 v_WallPushups_g01_c01")]
    [InlineData("TaiChi/v_TaiChi_g01_c01.avi 100\nPushUps/v_PushUps_g01_c01.avi 71\n", "v_PushUps_g01_c01 v_TaiChi_g01_c01")]
    [InlineData("v_TaiChi_g01_c01\nv_TaiChi_g01_c01.avi\n", "v_TaiChi_g01_c01")]
    [InlineData(null, "v_HandstandPushups_g01_c01 v_PushUps_g01_c01 v_TaiChi_g01_c01 v_WallPushups_g01_c01")]
    public void Only_videos_of_the_filter_are_imported_each_once(string? filter, string expected)
    {
        Needs.FFmpeg();
        foreach (var label in new[] { "TaiChi", "PushUps", "WallPushups", "HandstandPushups" })
        {
            Film($"v_{label}_g01_c01.avi");
        }

        var path = folder.File("filter.txt");
        if (filter is not null)
        {
            File.WriteAllText(path, filter);
        }

        var clips = Import(filter is null ? null : path);

        Assert.Equal(expected.Split(' '), clips.Select(c => Path.GetFileName(c.Path).Replace("-000.gif", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void Filter_without_matches_and_a_missing_filter_are_errors()
    {
        Needs.FFmpeg();
        Film("v_TaiChi_g01_c01.avi");
        File.WriteAllText(folder.File("filter.txt"), "*PullUps*\n");
        Assert.Equal("TinySora.Data.NothingSelected", Assert.Throws<TinySoraException>(() => Import(folder.File("filter.txt"))).Id);
        Assert.Equal("TinySora.Data.CannotRead", Assert.Throws<TinySoraException>(() => Import(folder.File("none.txt"))).Id);
    }

    /// <summary>Without this check, a list in another encoding or with a typo would silently select fewer videos.</summary>
    [Fact]
    public void Names_of_the_filter_without_a_video_are_reported()
    {
        Needs.FFmpeg();
        Film("v_TaiChi_g01_c01.avi");
        File.WriteAllText(folder.File("filter.txt"), "v_TaiChi_g01_c01\n*TaiChi*\n*TaiChi_g02*\nv_TaiChi_g02_c01.avi 3\n");
        Assert.Single(Import(folder.File("filter.txt")));
        Assert.StartsWith("Names in '", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.EndsWith(": 2; the first is '*TaiChi_g02*'.", warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_the_filter_match_in_any_Unicode_normalization()
    {
        Assert.SkipUnless("e\u0301".Normalize() == "\u00e9", "This .NET has no tables of Unicode's forms.");
        Needs.FFmpeg();
        Film("\u00e9t\u00e9/\u00e9t\u00e9.avi");
        File.WriteAllText(folder.File("filter.txt"), "e\u0301te\u0301\n");
        Assert.Single(Import(folder.File("filter.txt")));
    }

    private List<DatasetClip> Import(string? filter = null) =>
    [
        .. DatasetWriter.Import([folder.File("ucf")], folder.File("out"), Kind, Kind.Defaults with { FilterPath = filter, FramesPerSecond = 10 },
            new ImportReport(s => warnings.Add($"{s}"), warnings.Add)),
    ];

    private void Film(string name)
    {
        var path = folder.File(["ucf", .. name.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        ClipFile.Write(path + ".mp4", Media.Clips.MovingSquare(16, 24, 32, 100));
        // The container is identified by its content.
        File.Move(path + ".mp4", path);
    }
}
