using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Data.Writing;

/// <summary>The user's files in a dataset's folder are kept without -Force, however often the command runs and whenever they appear.</summary>
public sealed class UserFilesTests : IDisposable
{
    private const string Mine = "the user's own";

    private static readonly SyntheticKind Flying = (SyntheticKind)DatasetKinds.Find("FlyingMnist");

    private readonly TemporaryFolder folder = new();
    private readonly List<string> warnings = [];

    public UserFilesTests()
    {
        Film("films/cat.gif", 12);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("cat-000.gif")]
    [InlineData("cat-000.txt")]
    [InlineData("cat-001.gif")]
    [InlineData("cat-001.txt")]
    [InlineData("cat-002.txt")]
    public void File_in_the_way_is_kept_by_every_run(string name)
    {
        WriteMine(name);
        for (var run = 1; run <= 3; run++)
        {
            Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Import()).Id);
            Assert.Equal(Mine, Read(name));
        }

        File.Delete(Out(name));
        Assert.Equal(3, Import().Count);
    }

    [Theory]
    [InlineData("cat-001.gif")]
    [InlineData("cat-001.txt")]
    public void Caption_that_a_run_does_not_write_is_not_deleted(string name)
    {
        WriteMine(name);
        for (var run = 1; run <= 3; run++)
        {
            Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Import(caption: null)).Id);
            Assert.Equal(Mine, Read(name));
        }
    }

    [Fact]
    public void Link_or_folder_in_the_way_is_kept()
    {
        Needs.Links(folder.Path);
        Directory.CreateDirectory(Out("cat-001.gif"));
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Import()).Id);
        Directory.Delete(Out("cat-001.gif"));
        File.CreateSymbolicLink(Out("cat-001.gif"), folder.File("nowhere"));
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Import()).Id);
        Assert.False(File.Exists(folder.File("nowhere")));
        Assert.NotNull(new FileInfo(Out("cat-001.gif")).LinkTarget);
    }

    [Fact]
    public void Edited_deleted_and_renamed_clips_stay_so_when_a_video_is_added()
    {
        Assert.Equal(3, Import().Count);
        File.WriteAllText(Out("cat-000.txt"), "edited");
        File.Delete(Out("cat-001.gif"));
        File.Delete(Out("cat-001.txt"));
        File.Move(Out("cat-002.gif"), Out("jump.gif"));
        File.Move(Out("cat-002.txt"), Out("jump.txt"));
        Film("films/dog.gif", 4);

        Assert.Equal(["cat-000.gif", "dog-000.gif"], Import().Select(clip => Path.GetFileName(clip.Path)));

        Assert.Equal(["cat-000.gif", "cat-000.txt", "dog-000.gif", "dog-000.txt", "jump.gif", "jump.txt"], Names());
        Assert.Equal("edited", Read("cat-000.txt"));
        Assert.Contains("deleted or renamed since an earlier run are not written again: 2;", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Equal(4, Import(force: true).Count);
        Assert.Equal("a cat\n", Read("cat-000.txt"));
    }

    [Fact]
    public void Caption_that_is_edited_before_an_interrupted_run_resumes_is_kept()
    {
        Import();
        var log = Out(".tinysora/written.log");
        File.WriteAllLines(log, File.ReadAllLines(log).Where(line => !line.StartsWith("done ", StringComparison.Ordinal)));
        File.Delete(Out("cat-002.gif"));
        File.WriteAllText(Out("cat-000.txt"), "edited");
        Assert.Equal(["edited", "a cat", "a cat"], Import().Select(clip => clip.Caption));
    }

    [Fact]
    public void Drawn_clips_that_the_user_edited_or_deleted_stay_so_when_more_are_drawn()
    {
        Assert.Equal(3, Draw(3).Count());
        File.WriteAllText(Out("00000.txt"), "edited");
        File.Delete(Out("00000.gif"));
        File.Delete(Out("00001.gif"));
        File.Delete(Out("00001.txt"));

        Assert.Equal(["00002.gif", "00003.gif"], Draw(4).Select(clip => Path.GetFileName(clip.Path)));
        Assert.Equal("edited", Read("00000.txt"));
        Assert.Equal(["00000.txt", "00002.gif", "00002.txt", "00003.gif", "00003.txt"], Names());
    }

    [Fact]
    public void Changed_video_is_cut_again_except_for_edited_clips()
    {
        Assert.Equal(3, Import().Count);
        File.WriteAllText(Out("cat-000.txt"), "edited");
        File.Delete(Out("cat-002.gif"));
        var edited = File.ReadAllBytes(Out("cat-000.gif"));
        Film("films/cat.gif", 12, from: 100);

        Assert.Equal(["edited", "a cat", "a cat"], Import().Select(clip => clip.Caption));

        Assert.Equal(edited, File.ReadAllBytes(Out("cat-000.gif")));
        Assert.Equal(120, ClipFile.Read(Out("cat-001.gif")).Frame(0)[0]);
        Assert.Contains("although this command would write different ones: 1;", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Equal(3, Import().Count);
        Assert.Equal("edited", Read("cat-000.txt"));
    }

    [Fact]
    public void Video_with_another_time_and_the_same_frames_changes_nothing()
    {
        Assert.Equal(3, Import().Count);
        File.WriteAllText(Out("cat-000.txt"), "edited");
        File.Delete(Out("cat-001.gif"));
        File.Delete(Out("cat-001.txt"));
        var before = File.GetLastWriteTimeUtc(Out("cat-002.gif"));
        File.SetLastWriteTimeUtc(folder.File("films", "cat.gif"), DateTime.UtcNow.AddHours(1));

        Assert.Equal(["edited", "a cat"], Import().Select(clip => clip.Caption));
        Assert.Equal(["cat-000.gif", "cat-000.txt", "cat-002.gif", "cat-002.txt"], Names());
        Assert.Equal(before, File.GetLastWriteTimeUtc(Out("cat-002.gif")));
    }

    [Fact]
    public void Shorter_video_leaves_no_clips_except_edited_ones()
    {
        Assert.Equal(3, Import().Count);
        File.WriteAllText(Out("cat-002.txt"), "edited");
        Film("films/cat.gif", 4);
        Assert.Single(Import());
        Assert.Equal(["cat-000.gif", "cat-000.txt", "cat-002.gif", "cat-002.txt"], Names());
    }

    [Fact]
    public void Folder_of_an_earlier_version_keeps_its_files_and_resumes()
    {
        Assert.Equal(3, Import().Count);
        var log = Out(".tinysora/written.log");
        void Forget(string word) => File.WriteAllLines(log, File.ReadAllLines(log).Where(line => !line.StartsWith(word, StringComparison.Ordinal)));
        Forget("wrote ");
        File.WriteAllText(Out("cat-000.txt"), "edited");
        File.Delete(Out("cat-001.gif"));
        Film("films/dog.gif", 4);
        Assert.Equal(["edited", "a cat", "a cat"], Import().Select(clip => clip.Caption));

        Film("films/cat.gif", 12, from: 100);
        Assert.Equal(["edited", "a cat", "a cat", "a cat"], Import().Select(clip => clip.Caption));
        Assert.Equal(0, ClipFile.Read(Out("cat-000.gif")).Frame(0)[0]);

        // Interrupted: existing files are complete, or untouched.
        Film("films/cat.gif", 12);
        Assert.Equal(4, Import(force: true).Count);
        Forget("wrote ");
        Forget("done ");
        File.Delete(Out("cat-002.gif"));
        Assert.Equal(4, Import().Count);
        Forget("wrote ");
        Forget("done ");
        File.WriteAllText(Out("cat-002.txt"), "edited");
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Import()).Id);
        Assert.Equal("edited", Read("cat-002.txt"));
    }

    [Fact]
    public void Video_named_like_a_clip_next_to_its_source_is_a_source_and_is_kept()
    {
        Film("films/cat-001.gif", 4, from: 50);
        var mine = File.ReadAllBytes(folder.File("films", "cat-001.gif"));
        for (var run = 1; run <= 2; run++)
        {
            Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Import(output: "films")).Id);
            Assert.Equal(mine, File.ReadAllBytes(folder.File("films", "cat-001.gif")));
        }

        File.Delete(folder.File("films", "cat-000.gif"));
        File.Delete(folder.File("films", "cat-001-000.gif"));
        Assert.Equal(["cat-000.gif", "cat-001-000.gif", "cat-001.gif", "cat-002.gif"], Import().Select(clip => Path.GetFileName(clip.Path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Renamed_clips_next_to_their_source_are_not_sources()
    {
        Assert.Equal(3, Import(output: "films").Count);
        Directory.CreateDirectory(folder.File("films", "good"));
        File.Move(folder.File("films", "cat-001.gif"), folder.File("films", "good", "jump.gif"));
        Film("films/dog.gif", 4, from: 30);
        Assert.Equal(["cat-000.gif", "cat-002.gif", "dog-000.gif"], Import(output: "films").Select(clip => Path.GetFileName(clip.Path)));
    }

    /// <summary>The new video would sort first, and the other's clips would be made again.</summary>
    [Fact]
    public void New_video_of_the_same_name_does_not_rename_the_clips_of_another()
    {
        Assert.Equal(3, Import().Count);
        Film("films/Cat.gif", 4);
        Film("films/a/cat.gif", 4);
        Assert.Equal(5, Import().Count);
        Assert.Equal(["Cat_2-000.gif", "cat-000.gif", "cat-001.gif", "cat-002.gif", "cat_3-000.gif"], Names().Where(name => name.EndsWith(".gif", StringComparison.Ordinal)));
    }

    [Fact]
    public void Mask_in_the_way_is_kept()
    {
        var options = Flying.Defaults with { Count = 1, Size = 48, Frames = 3, Format = "gif", Flying = new() { Segmentation = true } };
        var mask = Path.Combine("train", "Annotations", "00000", "00001.png");
        WriteMine(mask);
        for (var run = 1; run <= 2; run++)
        {
            Assert.Equal(
                "TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => DatasetWriter.Draw(folder.File("out"), Flying, options).Count()).Id);
            Assert.Equal(Mine, Read(mask));
        }

        File.Delete(Out(mask));
        Assert.Equal(2, DatasetWriter.Draw(folder.File("out"), Flying, options).Count());
    }

    /// <summary>Simulates a user who saves a file at each moment at which the run reads or changes the disk.</summary>
    [Theory]
    [InlineData("cat-001.gif")]
    [InlineData("cat-001.txt")]
    public void File_that_appears_at_any_moment_is_kept(string name)
    {
        var moment = 0;
        for (; RunWith(moment, () => WriteMine(name)); moment++)
        {
            Assert.Equal(Mine, Read(name));
            for (var run = 1; run <= 2; run++)
            {
                Try(() => Import());
                Assert.Equal(Mine, Read(name));
            }

            Directory.Delete(folder.File("out"), recursive: true);
        }

        Assert.True(moment > 20, $"{moment}");
    }

    [Theory]
    [InlineData("cat-001.gif")]
    [InlineData("cat-001.txt")]
    public void File_that_is_edited_at_any_moment_of_a_changed_import_is_kept(string name)
    {
        for (var moment = 0; ; moment++)
        {
            Film("films/cat.gif", 12);
            Import(force: true, caption: "old");
            Film("films/cat.gif", 12, from: 100);
            if (!RunWith(moment, () => WriteMine(name)))
            {
                break;
            }

            Assert.Equal(Mine, Read(name));
            Try(() => Import());
            Assert.Equal(Mine, Read(name));
            Directory.Delete(folder.File("out"), recursive: true);
        }
    }

    /// <summary>Simulates a kill, except that the file being written is removed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_that_ends_at_any_moment_resumes_with_the_same_files(bool isChanged)
    {
        Import();
        var whole = Contents();
        for (var moment = 0; ; moment++)
        {
            Directory.Delete(folder.File("out"), recursive: true);
            if (isChanged)
            {
                Film("films/cat.gif", 16, from: 100);
                Import();
                Film("films/cat.gif", 12);
            }

            var isDone = !RunWith(moment, () => throw new OperationCanceledException());
            Assert.Equal(3, Import().Count);
            Assert.Equal(whole, Contents());
            if (isDone)
            {
                break;
            }
        }

        List<(string, string?)> Contents() => [.. Names().Select(name => (name, FileContent.GetFingerprint(Out(name))))];
    }

    [Fact]
    public void Files_of_a_killed_run_are_removed_except_those_of_the_user()
    {
        Assert.Equal(3, Import().Count);
        var (half, own, mine) = (Out(".tinysora/writing/1/cat-000.gif"), Out(".tinysora/replaced/1"), Out(".tinysora/replaced/2"));
        Directory.CreateDirectory(Path.GetDirectoryName(half)!);
        Directory.CreateDirectory(Path.GetDirectoryName(own)!);
        File.WriteAllText(half, "half");
        File.Copy(Out("cat-000.gif"), own);
        File.WriteAllText(mine, Mine);
        Film("films/dog.gif", 4);
        Assert.Equal(4, Import().Count);
        Assert.Equal((false, false, true), (File.Exists(half), File.Exists(own), File.Exists(mine)));
    }

    /// <returns>Whether the moment came before the run ended.</returns>
    private bool RunWith(int moment, Action act) => ActAt.Run(moment, act, () => Try(() => Import()));

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is OperationCanceledException or TinySoraException { Id: "TinySora.Data.OutputExists" })
        {
            // The run may end like this; the test checks the files.
        }
    }

    private List<DatasetClip> Import(string output = "out", string? caption = "a cat", bool force = false)
    {
        warnings.Clear();
        var options = new ImportOptions { Frames = 4, Size = 8, FramesPerSecond = 10, Caption = caption, Force = force };
        return [.. DatasetWriter.Import([folder.File("films")], folder.File(output), DatasetKinds.Videos, options, new ImportReport(_ => { }, warnings.Add))];
    }

    private IEnumerable<DatasetClip> Draw(int count) =>
        DatasetWriter.Draw(folder.File("out"), DatasetKinds.Shapes, DatasetKinds.Shapes.Defaults with { Count = count, Size = 8, Frames = 2 });

    private string Out(string name) => folder.File("out", name);

    private string Read(string name) => File.ReadAllText(Out(name));

    private void WriteMine(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Out(name))!);
        File.WriteAllText(Out(name), Mine);
    }

    private IEnumerable<string> Names() => Directory.GetFiles(folder.File("out")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private void Film(string name, int frames, int from = 0)
    {
        var path = folder.File(name.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var clip = Clip.Black(frames, 8, 8, 3);
        for (var f = 0; f < frames; f++)
        {
            clip.Frame(f).Fill((byte)(from + (f * 5)));
        }

        ClipFile.Write(path, clip);
    }
}
