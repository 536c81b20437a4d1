using System.Text;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Simulation;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Files;

/// <summary>Simultaneous writers of one file, and files that must not replace existing ones.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private const int Seeds = 40, Parts = 4;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("nul.png")]
    [InlineData("COM1")]
    public void Name_of_a_device_is_refused(string name)
    {
        Needs.Windows("devices that have names in every folder");
        Assert.Contains("is a device", Assert.Throws<IOException>(() => PendingFile.Create(folder.File(name))).Message, StringComparison.Ordinal);
    }

    /// <summary>Covers a defect: a video that was unreadable at that moment was generated again under another name.</summary>
    [Fact]
    public async Task File_is_readable_while_its_writer_still_holds_it()
    {
        var path = folder.File("new.gif");
        var writer = PendingFile.Create(path);
        writer.Stream.Write("whole"u8);
        writer.Complete();
        var video = Task.Run(() => MediaLimits.ReadAllBytes(path), TestContext.Current.CancellationToken);
        var weights = Task.Run(() =>
        {
            using var file = RandomAccessFile.Open(path);
            return file.Length;
        }, TestContext.Current.CancellationToken);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        writer.Dispose();
        Assert.Equal("whole"u8.ToArray(), await video);
        Assert.Equal(5, await weights);
    }

    [Fact]
    public void File_is_complete_at_every_moment_regardless_of_its_writer()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var path = folder.File($"{seed}.txt");
            var (written, refused) = (0, 0);
            using Schedule schedule = new(seed);
            foreach (var name in "abc")
            {
                schedule.Add($"{name}", () => Write(path, name, ref written, ref refused));
            }

            while (schedule.Live.Any())
            {
                schedule.Step();
                Assert.True(!File.Exists(path) || IsWhole(File.ReadAllText(path)), $"seed {seed}: {path} is not whole.");
            }

            Assert.Equal((seed, 3, 0), (seed, written, refused));
            Assert.Equal([path], Directory.GetFiles(folder.Path, $"{seed}.txt*"));
        }
    }

    [Fact]
    public void Temporary_file_of_a_running_process_is_left_alone()
    {
        var path = folder.File("clip.gif");
        using (var other = new FileStream(path + AtomicFile.PartialSuffix, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            ClipFile.Write(path, OneFrame());
            Assert.True(File.Exists(path + AtomicFile.PartialSuffix));
            Assert.Equal(1, ClipFile.Read(path).Frames);
        }

        // The other process was killed: the next writer reuses its temporary file.
        ClipFile.Write(path, OneFrame());
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("clip.gif")]
    [InlineData("clip.png")]
    [InlineData("clip.mp4")]
    [InlineData("table.csv")]
    [InlineData("caption.txt")]
    [InlineData("array.npy")]
    public void Every_writer_of_one_file_succeeds(string name)
    {
        var path = folder.File(name);
        Parallel.For(0, name.EndsWith(".mp4", StringComparison.Ordinal) ? 8 : 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => WriteAs(path, i));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Assert.NotEqual(0, new FileInfo(path).Length);
    }

    [Fact]
    public void One_writer_of_a_new_file_wins_and_its_content_is_kept()
    {
        for (var round = 0; round < 50; round++)
        {
            var path = folder.File($"{round}.txt");
            var winners = new List<string>();
            Parallel.For(0, 8, i =>
            {
                var text = $"writer {i}";
                if (AtomicFile.TryWriteNew(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)), MediaErrors.CannotWrite))
                {
                    lock (winners)
                    {
                        winners.Add(text);
                    }
                }
            });
            Assert.Equal(File.ReadAllText(path), Assert.Single(winners));
        }

        Assert.Equal(50, Directory.GetFiles(folder.Path).Length);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("folder")]
    [InlineData("link")]
    [InlineData("dangling link")]
    public void Existing_entry_with_the_name_of_a_new_file_is_kept(string what)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() && what.EndsWith("link", StringComparison.Ordinal), "Links need a privilege on Windows.");
        var path = folder.File("taken");
        if (what == "file")
        {
            File.WriteAllText(path, "mine");
        }
        else if (what == "folder")
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            File.WriteAllText(folder.File("target"), "mine");
            File.CreateSymbolicLink(path, folder.File(what == "link" ? "target" : "absent"));
        }

        var before = Directory.GetFileSystemEntries(folder.Path).Order();
        Assert.False(AtomicFile.TryWriteNew(path, stream => stream.WriteByte(1), MediaErrors.CannotWrite));
        Assert.Equal(before, Directory.GetFileSystemEntries(folder.Path).Order());
        if (what is "file" or "link")
        {
            Assert.Equal("mine", File.ReadAllText(path));
        }
    }

    private static void WriteAs(string path, int number)
    {
        switch (Path.GetExtension(path))
        {
            case ".csv":
                CaptionCsv.Write(path, ["video", "caption"], [["a.mp4", $"{number}"]]);
                break;
            case ".txt":
                CaptionFile.Write(Path.ChangeExtension(path, ".gif"), [$"caption {number}"]);
                break;
            case ".npy":
                using (var writer = NpyWriter.Create(path, ScalarType.Float32, 2))
                {
                    writer.Complete();
                }

                break;
            default:
                ClipFile.Write(path, OneFrame());
                break;
        }
    }

    private static void Write(string path, char name, ref int written, ref int refused)
    {
        try
        {
            AtomicFile.WriteStream(
                path,
                stream =>
                {
                    for (var i = 0; i < Parts; i++)
                    {
                        stream.Write(Encoding.UTF8.GetBytes(new string(name, 3)));
                        stream.Flush();
                        ProcessScheduler.Yield();
                    }
                },
                MediaErrors.CannotWrite);
            written++;
        }
        catch (TinySoraException)
        {
            refused++;
        }
    }

    private static bool IsWhole(string text) => text.Length == 3 * Parts && text.Distinct().Count() == 1;

    private static Clip OneFrame() => new(new byte[2 * 2 * 3], 1, 2, 2, 3);
}
