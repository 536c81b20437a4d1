using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media;

namespace TinySora.Engine.Tests.Data.Kinds;

/// <summary>Options that are out of range, each with the parameter that the error names.</summary>
public sealed class OptionRangeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, string, DrawOptions> Draws
    {
        get
        {
            DrawOptions usual = new() { Count = 1, Size = 64, Frames = 2 };
            return new()
            {
                { "Shapes", "Count", usual with { Count = 0 } },
                { "Shapes", "Frames", usual with { Frames = 0 } },
                { "Shapes", "Frames", usual with { Frames = 1025 } },
                { "MovingMnist", "ImageSize", usual with { Size = 15 } },
                { "MovingMnist", "ImageSize", usual with { Size = 1025 } },
                { "MovingMnist", "Width", usual with { Width = 8 } },
                { "MovingMnist", "Width", usual with { Width = 2000 } },
                { "MovingMnist", "DigitsPerClip", usual with { DigitsPerClip = 0 } },
                { "MovingMnist", "DigitsPerClip", usual with { DigitsPerClip = 10 } },
                { "MovingMnist", "Frames", usual with { Size = 1024, Width = 1024, Frames = 1000 } }, // 3 GB
                { "SyntheticObjects", "ImageSize", usual with { Size = 31 } },
                { "SyntheticObjects", "ImageSize", usual with { Size = 1025 } },
                { "FlyingMnist", "Count", usual with { Count = 1_000_001 } },
                { "FlyingMnist", "ImageSize", usual with { Size = 47 } },
                { "FlyingMnist", "ImageSize", usual with { Size = 2049 } },
                { "FlyingMnist", "Width", usual with { Width = 47 } },
                { "FlyingMnist", "Width", usual with { Width = 2049 } },
                { "FlyingMnist", "MaxDigitSize", usual with { Flying = new() { MaxDigitSize = 1 } } },
                { "FlyingMnist", "MaxDigitSize", usual with { Flying = new() { MaxDigitSize = 63 } } },
                { "FlyingMnist", "MinDigitSize", usual with { Flying = new() { MinDigitSize = 0 } } },
                { "FlyingMnist", "MinDigitSize", usual with { Flying = new() { MinDigitSize = 20, MaxDigitSize = 20 } } },
                { "FlyingMnist", "MaxDigits", usual with { Flying = new() { MaxDigits = 0 } } },
                { "FlyingMnist", "MaxDigits", usual with { Flying = new() { MaxDigits = 256 } } },
                { "FlyingMnist", "Digits", usual with { Flying = new() { Digits = [] } } },
                { "FlyingMnist", "Digits", usual with { Flying = new() { Digits = [3, 10] } } },
                { "FlyingMnist", "Digits", usual with { Flying = new() { Digits = [-1] } } },
                { "FlyingMnist", "MaxSpeed", usual with { Flying = new() { MaxSpeed = 0 } } },
                { "FlyingMnist", "MaxSpeed", usual with { Flying = new() { MaxSpeed = 2049 } } },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Draws))]
    public void Option_of_a_drawn_dataset_is_limited(string kind, string parameter, DrawOptions options)
    {
        Refused(parameter, () => DatasetWriter.Draw(folder.File("out"), (SyntheticKind)DatasetKinds.Find(kind), options));
        Assert.False(Directory.Exists(folder.File("out")));
    }

    public static TheoryData<string, ImportOptions> Imports => new()
    {
        { "Frames", new() { Frames = 0 } },
        { "Frames", new() { Frames = 1025 } },
        { "Frames", new() { Frames = 100, Size = 4096 } }, // 5 GB
        { "ImageSize", new() { Size = 0 } },
        { "ImageSize", new() { Size = 4097 } },
        { "FramesPerSecond", new() { FramesPerSecond = 0 } },
        { "FramesPerSecond", new() { FramesPerSecond = 1001 } },
        { "FramesPerSecond", new() { FramesPerSecond = double.NaN } },
        { "Stride", new() { Stride = 0 } },
        { "Stride", new() { Stride = 1e6 } },
        { "Duration", new() { Duration = -1 } },
        { "Duration", new() { Duration = 1e6 } },
        { "MaxClipsPerVideo", new() { MaxClipsPerVideo = 0 } },
        { "MaxClips", new() { MaxClips = 0 } },
    };

    [Theory]
    [MemberData(nameof(Imports))]
    public void Option_of_an_import_is_limited(string parameter, ImportOptions options) =>
        Refused(parameter, () => DatasetWriter.Import([folder.Path], folder.File("out"), DatasetKinds.Videos, options, new ImportReport(_ => { }, _ => { })));

    [Theory]
    [InlineData("shapes", "Shapes")]
    [InlineData("FLYINGMNIST", "FlyingMnist")]
    public void Kind_is_found_by_its_name_in_any_case(string name, string expected) => Assert.Equal(expected, DatasetKinds.Find(name).Name);

    [Fact]
    public void Unknown_kind_is_an_error_that_lists_the_known_ones()
    {
        var error = Assert.Throws<TinySoraException>(() => DatasetKinds.Find("Shape"));
        Assert.Equal("TinySora.Data.UnknownKind", error.Id);
        Assert.All(DatasetKinds.All, kind => Assert.Contains(kind.Name, $"{error.Message} {error.Advice}", StringComparison.Ordinal));
    }

    /// <summary>New-TinySoraDataset accepts these parameters together with the kind.</summary>
    [Fact]
    public void Kinds_list_their_parameters_once()
    {
        Assert.All(DatasetKinds.All, kind => Assert.Equal(kind.Parameters.Distinct(), kind.Parameters));
        Assert.Contains("DigitsPerClip", DatasetKinds.Find("MovingMnist").Parameters);
        Assert.Contains("OpticalFlow", DatasetKinds.Find("FlyingMnist").Parameters);
        Assert.Contains("FramesPerSecond", DatasetKinds.Videos.Parameters);
        Assert.DoesNotContain("FramesPerSecond", DatasetKinds.Shapes.Parameters);
    }

    [Fact]
    public void Progress_counts_drawn_and_imported_videos()
    {
        List<ItemProgress> progress = [];
        var drawn = DatasetWriter.Draw(
            folder.File("drawn"), DatasetKinds.Shapes, new() { Count = 3, Size = 8, Frames = 2 }, new ImmediateProgress<ItemProgress>(progress.Add)).ToList();
        Assert.Equal(drawn.Select((clip, i) => new ItemProgress(i + 1, 3, clip.Path)), progress);

        progress.Clear();
        var cut = DatasetWriter.Import([folder.File("drawn")], folder.File("cut"), DatasetKinds.Videos, new() { Frames = 2, Size = 8 },
            new ImportReport(_ => { }, _ => { }), new ImmediateProgress<ItemProgress>(progress.Add)).ToList();
        Assert.Equal(3, cut.Count);
        Assert.Equal(drawn.Select((clip, i) => new ItemProgress(i + 1, 3, clip.Path)), progress);
    }

    /// <summary>The user has deleted the clip, so rerunning does not write it again.</summary>
    [Fact]
    public void Progress_names_a_clip_that_is_not_written_again()
    {
        var options = new DrawOptions { Count = 2, Size = 8, Frames = 2 };
        var clips = DatasetWriter.Draw(folder.Path, DatasetKinds.Shapes, options).ToList();
        File.Delete(clips[0].Path);
        File.Delete(Path.ChangeExtension(clips[0].Path, ".txt"));
        List<ItemProgress> progress = [];
        Assert.Single(DatasetWriter.Draw(folder.Path, DatasetKinds.Shapes, options, new ImmediateProgress<ItemProgress>(progress.Add)));
        Assert.Equal(["00000", clips[1].Path], progress.Select(item => item.Item));
    }

    [Fact]
    public void Own_clips_are_not_mixed_with_drawn_ones()
    {
        DatasetWriter.RequireNoOwnClips(folder.File("missing"));
        Assert.Single(DatasetWriter.Draw(folder.File("a", "drawn"), DatasetKinds.Shapes, new() { Count = 1, Size = 8, Frames = 2 }));
        DatasetWriter.RequireNoOwnClips(folder.File("a"));
        ClipFile.Write(folder.File("a", "drawn", "added.gif"), Clips.MovingSquare(1));
        DatasetWriter.RequireNoOwnClips(folder.File("a", "drawn"));
        Directory.CreateDirectory(folder.File("a", "b", "c"));
        ClipFile.Write(folder.File("a", "b", "c", "own.gif"), Clips.MovingSquare(1));
        var error = Assert.Throws<TinySoraException>(() => DatasetWriter.RequireNoOwnClips(folder.File("a")));
        Assert.Equal("TinySora.Data.OwnClips", error.Id);
        Assert.Contains("own.gif", error.Message, StringComparison.Ordinal);
    }

    private static void Refused(string parameter, Action act)
    {
        var error = Assert.Throws<TinySoraException>(act);
        Assert.Equal(("TinySora.Data.OutOfRange", parameter), (error.Id, error.Target));
    }
}
