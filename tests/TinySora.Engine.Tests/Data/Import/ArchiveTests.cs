using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Data.Import;

public sealed class ArchiveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly byte[] film;

    public ArchiveTests()
    {
        ClipFile.Write(folder.File("film.gif"), Clip.Black(4, 8, 8, 3, 100));
        film = File.ReadAllBytes(folder.File("film.gif"));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("data.zip")]
    [InlineData("data.tar")]
    [InlineData("data.tar.gz")]
    [InlineData("DATA.TGZ")]
    public void Archive_is_imported_like_its_folder_and_resumes_after_an_interruption(string name)
    {
        Pack(name, ("data/one.gif", film), ("data/one.txt", "a caption"u8.ToArray()), ("data/sub/two.gif", film), ("data/readme.md", [1]));

        Assert.Single(Import(name).Take(1));
        var clips = Import(name).ToList();

        Assert.Equal([("one-000.gif", "a caption"), ("two-000.gif", null)], clips.Select(c => (Path.GetFileName(c.Path), c.Caption)));
        Assert.False(Directory.Exists(folder.File("out", ".tinysora", "unpacked")));
        Assert.Equal(2, Import(name).Count());
    }

    [Fact]
    public void Two_imports_into_one_folder_do_not_take_each_others_files()
    {
        Pack("a.zip", ("one.gif", film), ("two.gif", film));
        Pack("b.zip", ("three.gif", film));
        using (var first = Import("a.zip").GetEnumerator())
        {
            Assert.True(first.MoveNext());
            Assert.Equal("TinySora.Data.FolderInUse", Assert.Throws<TinySoraException>(() => Import("b.zip").ToList()).Id);
            Assert.True(first.MoveNext());
            Assert.False(first.MoveNext());
        }

        Assert.Equal(["one-000.gif", "two-000.gif"], Directory.GetFiles(folder.File("out"), "*.gif").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Single(Import("b.zip"));
    }

    [Fact]
    public void Videos_of_the_same_name_in_two_archives_do_not_overwrite_each_other()
    {
        Pack("a.zip", ("one.gif", film), ("one.txt", "first"u8.ToArray()));
        Pack("b.zip", ("one.gif", film), ("one.txt", "second"u8.ToArray()));
        Assert.Single(Import("a.zip"));
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => Import("b.zip")).Id);
        Assert.Equal("first\n", File.ReadAllText(folder.File("out", "one-000.txt")));
    }

    [Fact]
    public void Archives_resume_in_any_order_and_count_once()
    {
        Pack("a.zip", ("one.gif", film));
        Pack("b.zip", ("two.gif", film));
        Assert.Single(Import("a.zip"));
        Assert.Equal(2, Import("b.zip", "a.zip", "b.zip").Count());
    }

    [Theory]
    [InlineData("../evil.gif")]
    [InlineData("data/../../evil.gif")]
    [InlineData("/evil.gif")]
    [InlineData("..\\evil.gif")]
    [InlineData("C:\\evil.gif")]
    [InlineData("../unwanted.exe")]
    public void Entry_that_leads_out_of_the_folder_is_refused(string entry)
    {
        foreach (var name in new[] { "data.zip", "data.tar" })
        {
            Pack(name, ("good.gif", film), (entry, film));
            Assert.Contains("points outside", Refused("TinySora.Data.UnsafeArchive", name).Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(folder.Path, "*evil*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Links_are_refused()
    {
        foreach (var type in new[] { TarEntryType.SymbolicLink, TarEntryType.HardLink })
        {
            using (var writer = new TarWriter(File.Create(folder.File("data.tar"))))
            {
                writer.WriteEntry(new PaxTarEntry(type, "a.gif") { LinkName = "/etc/passwd" });
            }

            Assert.Contains("Link", Refused("TinySora.Data.UnsafeArchive", "data.tar").Message, StringComparison.Ordinal);
        }

        using (var zip = ZipFile.Open(folder.File("data.zip"), ZipArchiveMode.Create))
        {
            zip.CreateEntry("a.gif").ExternalAttributes = 0xA1FF << 16;
        }

        Assert.Contains("is a link", Refused("TinySora.Data.UnsafeArchive", "data.zip").Message, StringComparison.Ordinal);
    }

    /// <summary>Sets bit 0 of the flags in an entry's header, and in the central directory.</summary>
    [Fact]
    public void Entry_with_a_password_is_refused_with_that_reason()
    {
        Pack("data.zip", ("a.gif", film));
        var bytes = File.ReadAllBytes(folder.File("data.zip"));
        bytes[6] |= 1;
        bytes[bytes.AsSpan().IndexOf("PK\x1\x2"u8) + 8] |= 1;
        File.WriteAllBytes(folder.File("data.zip"), bytes);
        Assert.Contains("is encrypted", Refused("TinySora.Data.UnsafeArchive", "data.zip").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Duplicate_entry_names_are_refused()
    {
        Pack("data.zip", ("a.gif", film), ("a.gif", film));
        Assert.Contains("twice", Refused("TinySora.Data.UnsafeArchive", "data.zip").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tar_names_in_Latin_1_stay_distinct_and_owners_of_any_number_are_ignored()
    {
        using (var tar = new TarWriter(File.Create(folder.File("data.tar"))))
        {
            foreach (var name in (string[])["f1.gif", "f2.gif"])
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(film) });
            }
        }

        var bytes = File.ReadAllBytes(folder.File("data.tar"));
        foreach (var (name, other) in new[] { ("f1", (byte)0xFC), ("f2", (byte)0xE9) })
        {
            var header = bytes.AsSpan(bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name + ".gif")), 512);
            header[0] = other;
            Convert.FromHexString("8000000080000001").CopyTo(header[108..]);
            Sign(header);
        }

        File.WriteAllBytes(folder.File("data.tar"), bytes);
        Archive.Unpack(folder.File("data.tar"), folder.File("there"), null, CancellationToken.None);
        Assert.Equal(["é2.gif", "ü1.gif"], Directory.GetFiles(folder.File("there")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Long_GNU_tar_names_in_Latin_1_stay_distinct()
    {
        var rest = new string('n', 120) + ".gif";
        using (var tar = new TarWriter(File.Create(folder.File("data.tar"))))
        {
            foreach (var name in (string[])["f1" + rest, "f2" + rest, "f3.gif"])
            {
                tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(film) });
            }
        }

        var bytes = File.ReadAllBytes(folder.File("data.tar"));
        foreach (var (name, other) in new[] { ("f1", (byte)0xFC), ("f2", (byte)0xE9) })
        {
            bytes[bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name + rest))] = other;
            var header = bytes.AsSpan(bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name + "nnn")), 512); // the name is truncated in the header
            header[0] = other;
            Sign(header);
        }

        File.WriteAllBytes(folder.File("data.tar"), bytes);
        Archive.Unpack(folder.File("data.tar"), folder.File("there"), null, CancellationToken.None);
        Assert.Equal(
            ["f3.gif", "é2" + rest, "ü1" + rest], Directory.GetFiles(folder.File("there")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>Windows writes names in the machine's code page, which is not valid UTF-8, without a flag.</summary>
    [Fact]
    public void Names_in_a_code_page_stay_distinct_and_keep_western_letters()
    {
        Pack("data.zip", ("f1.gif", film), ("f2.gif", film), ("ff.gif", film));
        var bytes = File.ReadAllBytes(folder.File("data.zip"));
        foreach (var (name, other) in new[] { ("f1", (byte)0xF0), ("f2", (byte)0xEE), ("ff", (byte)0x81) })
        {
            for (int at; (at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name + ".gif"))) >= 0;)
            {
                bytes[at] = other;
            }
        }

        File.WriteAllBytes(folder.File("data.zip"), bytes);
        Archive.Unpack(folder.File("data.zip"), folder.File("there"), null, CancellationToken.None);
        Assert.Equal(3, Directory.GetFiles(folder.File("there")).Length);
        Assert.True(File.Exists(folder.File("there", "üf.gif")));
    }

    [Theory]
    [InlineData("data.zip")]
    [InlineData("data.tgz")]
    public void Archive_bomb_is_refused(string name)
    {
        Pack(name, ("a.txt", new byte[40 << 20]));
        Assert.Contains("100 times", Refused("TinySora.Data.UnsafeArchive", name).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_checksum_is_detected()
    {
        Pack("data.zip", ("a.txt", Encoding.ASCII.GetBytes("a caption that is changed")));
        var bytes = File.ReadAllBytes(folder.File("data.zip"));
        bytes[bytes.AsSpan().IndexOf("changed"u8)] ^= 1;
        File.WriteAllBytes(folder.File("data.zip"), bytes);

        Refused("TinySora.Data.DamagedArchive", "data.zip");
    }

    [Theory]
    [InlineData("data.zip")]
    [InlineData("data.tar")]
    [InlineData("data.tar.gz")]
    public void Truncated_archive_or_another_file_is_damaged(string name)
    {
        Pack(name, ("a.gif", film), ("b.txt", Enumerable.Range(0, 5000).Select(i => (byte)(i * i)).ToArray()));
        var bytes = File.ReadAllBytes(folder.File(name));
        File.WriteAllBytes(folder.File(name), bytes[..(bytes.Length / 3)]);
        Refused("TinySora.Data.DamagedArchive", name);

        File.WriteAllText(folder.File(name), string.Concat(Enumerable.Repeat("no archive at all ", 100)));
        Refused("TinySora.Data.DamagedArchive", name);
    }

    /// <summary>Sizes in base-256 (GNU tar), in invalid octal, and missing.</summary>
    [Theory]
    [InlineData("80FFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("807FFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("2D3030303030303030303100")]
    [InlineData("3939393939393939393939FF")]
    [InlineData("373737373737373737373700")]
    public void Tar_entry_of_an_impossible_size_is_damaged(string size)
    {
        Pack("data.tar", ("a.gif", film));
        var bytes = File.ReadAllBytes(folder.File("data.tar"));
        var header = bytes.AsSpan(2 * 512, 512);
        Assert.True(header.StartsWith("a.gif"u8));
        Convert.FromHexString(size).CopyTo(header[124..]);
        Sign(header);
        File.WriteAllBytes(folder.File("data.tar"), bytes);
        Refused("TinySora.Data.DamagedArchive", "data.tar");
    }

    /// <summary>.NET's reader would allocate the stated size before reading.</summary>
    [Theory]
    [InlineData("data.tar", 'x')]
    [InlineData("data.tar.gz", 'x')]
    [InlineData("data.tar", 'g')]
    [InlineData("data.tar", 'L')]
    [InlineData("data.tgz", 'K')]
    public void Huge_stated_size_of_tar_attributes_takes_no_memory(string name, char type)
    {
        Pack("data.tar", ("a.gif", film), ("b.gif", film));
        var bytes = File.ReadAllBytes(folder.File("data.tar"));
        var header = bytes.AsSpan(bytes.AsSpan().LastIndexOf("./PaxHeaders"u8), 512);
        "17700000000\0"u8.CopyTo(header[124..]);
        header[156] = (byte)type;
        Sign(header);
        File.WriteAllBytes(folder.File("data.tar"), bytes);
        if (name != "data.tar")
        {
            using var target = new GZipStream(File.Create(folder.File(name)), CompressionLevel.Optimal);
            target.Write(bytes);
        }

        var before = GC.GetTotalAllocatedBytes();
        Refused("TinySora.Data.DamagedArchive", name);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 256 << 20);
    }

    [Theory]
    [InlineData("-99999999999999.")]
    [InlineData("99999999999999.")]
    public void Tar_entry_of_an_impossible_time_is_damaged(string time)
    {
        Pack("data.tar", ("a.gif", film));
        var bytes = File.ReadAllBytes(folder.File("data.tar"));
        var at = bytes.AsSpan().IndexOf("mtime="u8) + 6;
        var length = bytes.AsSpan(at).IndexOf((byte)'\n');
        Assert.True(length > time.Length);
        Encoding.ASCII.GetBytes(time.PadRight(length, '0')).CopyTo(bytes, at);
        File.WriteAllBytes(folder.File("data.tar"), bytes);
        Refused("TinySora.Data.DamagedArchive", "data.tar");
    }

    /// <summary>Updates the checksum of a tar header.</summary>
    private static void Sign(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.ToArray().Sum(value => value), 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
    }

    private TinySoraException Refused(string id, string name)
    {
        var error = Assert.Throws<TinySoraException>(() => Import(name));
        Assert.Equal(id, error.Id);
        Assert.False(Directory.Exists(folder.File("out", ".tinysora", "unpacked")));
        return error;
    }

    private IEnumerable<DatasetClip> Import(params string[] names) => DatasetWriter.Import(
        names.Select(name => folder.File(name)), folder.File("out"), DatasetKinds.Videos, new ImportOptions { Frames = 4, Size = 8, FramesPerSecond = 10 },
        new ImportReport(_ => { }, _ => { }));

    private void Pack(string name, params (string Name, byte[] Content)[] entries)
    {
        using var file = File.Create(folder.File(name));
        if (name.EndsWith(".zip", StringComparison.Ordinal))
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Create);
            foreach (var (entry, content) in entries)
            {
                // Texts are uncompressed, so that a test finds them; a bomb has to be small.
                using var stream = zip.CreateEntry(entry, content.Length < 1000 ? CompressionLevel.NoCompression : CompressionLevel.Optimal).Open();
                stream.Write(content);
            }

            return;
        }

        using var target = name.EndsWith(".tar", StringComparison.Ordinal) ? (Stream)file : new GZipStream(file, CompressionLevel.Optimal);
        using var tar = new TarWriter(target);
        foreach (var (entry, content) in entries)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, entry)
            {
                DataStream = new MemoryStream(content),
                ModificationTime = new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.Zero).AddTicks(1_234_567),
            });
        }
    }
}
