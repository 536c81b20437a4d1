using System.Formats.Tar;
using System.IO.Compression;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Data.Kinds;

public sealed class DatasetArchiveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly byte[] film;

    public DatasetArchiveTests()
    {
        ClipFile.Write(folder.File("film.gif"), Clip.Black(2, 8, 8, 3));
        film = File.ReadAllBytes(folder.File("film.gif"));
        Pack(("flying/train/00000.gif", film), ("flying/train/00000.txt", "one"u8.ToArray()), ("flying/val/00000.gif", film), ("flying/setup.sh", [1]));
    }

    private string Data => folder.File("data");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Ready_dataset_is_unpacked_unchanged_and_a_rerun_changes_nothing()
    {
        var clips = Unpack();

        Assert.Equal(
            [("flying/train/00000.gif", "one"), ("flying/val/00000.gif", null)],
            clips.Select(c => (Path.GetRelativePath(Data, c.Path).Replace('\\', '/'), c.Caption)));
        Assert.Equal(["flying/train/00000.gif", "flying/train/00000.txt", "flying/val/00000.gif"], Files());
        Assert.Equal(film, File.ReadAllBytes(folder.File("data", "flying", "val", "00000.gif")));
        Assert.Equal(folder.File("data", "flying"), DatasetArchive.FolderOf(Data, clips.Select(c => c.Path)));

        var before = File.GetLastWriteTimeUtc(clips[0].Path);
        Assert.Equal(clips, Unpack());
        Assert.Equal(before, File.GetLastWriteTimeUtc(clips[0].Path));
    }

    [Fact]
    public void Splits_without_a_parent_folder_are_unpacked_in_place()
    {
        Pack(("train/a.gif", film), ("val/a.gif", film));
        Assert.Equal(Data, DatasetArchive.FolderOf(Data, Unpack().Select(c => c.Path)));
    }

    [Fact]
    public void Hidden_files_as_in_a_zip_archive_of_macOS_are_not_unpacked()
    {
        using (var zip = ZipFile.Open(folder.File("mac.zip"), ZipArchiveMode.Create))
        {
            foreach (var name in new[]
            {
                "flying/train/a.gif", "__MACOSX/flying/train/._a.gif", "flying/val/a.gif", "flying/val/._a.gif", "flying/.old/a.gif", "./flying/val/b.gif",
            })
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(film);
            }
        }

        var clips = Unpack("mac.zip");

        Assert.Equal(["flying/train/a.gif", "flying/val/a.gif", "flying/val/b.gif"], Files());
        Assert.Equal(folder.File("data", "flying"), DatasetArchive.FolderOf(Data, clips.Select(c => c.Path)));
    }

    [Fact]
    public void Files_of_an_interrupted_run_are_kept_and_the_rest_is_added()
    {
        Unpack();
        File.Delete(folder.File("data", "flying", "train", "00000.gif"));
        Directory.CreateDirectory(folder.File("data", ".tinysora", "unpacked", "7"));

        Assert.Equal(2, Unpack().Count);
        Assert.Equal(3, Files().Count());
    }

    [Fact]
    public void Another_file_in_the_way_stops_the_command_before_writing_unless_forced()
    {
        Directory.CreateDirectory(folder.File("data", "flying", "val"));
        File.WriteAllText(folder.File("data", "flying", "val", "00000.gif"), "mine");

        Assert.Equal("TinySora.Data.OutputExists", Refused());
        Assert.Equal(["flying/val/00000.gif"], Files());

        Assert.Equal(2, Unpack(force: true).Count);
        Assert.Equal(film, File.ReadAllBytes(folder.File("data", "flying", "val", "00000.gif")));
    }

    [Fact]
    public void File_that_appears_at_any_moment_is_kept()
    {
        var (mine, moment) = (folder.File("data", "flying", "val", "00000.gif"), 0);
        for (; ActAt.Run(moment, Appear, () => Record.Exception(() => Unpack())); moment++)
        {
            Assert.Equal("mine", File.ReadAllText(mine));
            Assert.Equal("TinySora.Data.OutputExists", Refused());
            Assert.Equal("mine", File.ReadAllText(mine));
            Directory.Delete(Data, recursive: true);
        }

        Assert.InRange(moment, 3, 100);

        void Appear()
        {
            Directory.CreateDirectory(Path.GetDirectoryName(mine)!);
            File.WriteAllText(mine, "mine");
        }
    }

    [Fact]
    public void Edited_caption_and_a_link_or_folder_in_the_way_are_kept()
    {
        Unpack();
        File.WriteAllText(folder.File("data", "flying", "train", "00000.txt"), "edited");
        Assert.Equal("TinySora.Data.OutputExists", Refused());
        Assert.Equal("edited", File.ReadAllText(folder.File("data", "flying", "train", "00000.txt")));

        File.Delete(folder.File("data", "flying", "train", "00000.txt"));
        Directory.CreateDirectory(folder.File("data", "flying", "train", "00000.txt"));
        Assert.Equal("TinySora.Data.OutputExists", Refused());

        Needs.Links(folder.Path);
        Directory.Delete(folder.File("data", "flying", "train", "00000.txt"));
        File.CreateSymbolicLink(folder.File("data", "flying", "train", "00000.txt"), folder.File("nowhere"));
        Assert.Equal("TinySora.Data.OutputExists", Refused());
        Assert.False(File.Exists(folder.File("nowhere")));
    }

    [Fact]
    public void Unsafe_or_damaged_archive_leaves_no_file()
    {
        Pack(("flying/train/a.gif", film), ("flying/../../evil.gif", film));
        Assert.Equal("TinySora.Data.UnsafeArchive", Refused());

        using (var tar = new TarWriter(new GZipStream(File.Create(folder.File("data.tar.gz")), CompressionLevel.Optimal)))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "a.gif") { DataStream = new MemoryStream(film) });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "b.gif") { LinkName = "/etc/passwd" });
        }

        Assert.Equal("TinySora.Data.UnsafeArchive", Refused());

        var noise = new byte[5000];
        new Random(1).NextBytes(noise);
        Pack(("a.gif", film), ("b.txt", noise));
        File.WriteAllBytes(folder.File("data.tar.gz"), File.ReadAllBytes(folder.File("data.tar.gz"))[..2500]);
        Assert.Equal("TinySora.Data.DamagedArchive", Refused());

        Assert.Empty(Files());
        Assert.False(File.Exists(folder.File("evil.gif")));
    }

    [Fact]
    public void Archive_that_is_given_twice_is_unpacked_or_reported_once()
    {
        var (archive, failures) = (folder.File("data.tar.gz"), new List<TinySoraException>());
        Assert.Equal(2, DatasetArchive.Unpack([archive, archive], Data, force: false).Count);

        File.WriteAllBytes(folder.File("damaged.zip"), [1, 2, 3]);
        var report = new ImportReport(_ => { }, _ => { }) { Failed = failures.Add };
        Assert.Equal(2, DatasetArchive.Unpack([folder.File("damaged.zip"), archive, folder.File("damaged.zip")], Data, force: false, report: report).Count);
        Assert.Equal(["TinySora.Data.DamagedArchive"], failures.Select(failure => failure.Id));
    }

    [Fact]
    public void Invalid_missing_and_empty_archives_have_different_errors()
    {
        Assert.Equal("TinySora.Data.NoArchive", Refused("film.gif"));
        Assert.Equal("TinySora.Data.NoArchive", Refused(""));
        Assert.Equal("TinySora.Data.SourceMissing", Refused("absent.tar.gz"));
        Pack(("readme.md", [1]));
        Assert.Equal("TinySora.Data.NoVideos", Refused());
    }

    private IReadOnlyList<DatasetClip> Unpack(string name = "data.tar.gz", bool force = false) => DatasetArchive.Unpack([folder.File(name)], Data, force);

    private string Refused(string name = "data.tar.gz") => Assert.Throws<TinySoraException>(() => Unpack(name)).Id;

    /// <summary>Lists all files of the output folder, including hidden ones.</summary>
    private IEnumerable<string> Files() => !Directory.Exists(Data) ? [] : Directory.GetFiles(Data, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Data, f).Replace('\\', '/')).Order(StringComparer.Ordinal);

    private void Pack(params (string Name, byte[] Content)[] entries)
    {
        using var tar = new TarWriter(new GZipStream(File.Create(folder.File("data.tar.gz")), CompressionLevel.Optimal));
        foreach (var (name, content) in entries)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }
    }
}
