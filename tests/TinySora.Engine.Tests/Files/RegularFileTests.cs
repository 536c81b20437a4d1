using System.Diagnostics;
using System.Net.Sockets;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Files;

/// <summary>Entries of an untrusted folder in place of files: links, pipes, devices and sockets.</summary>
public sealed class RegularFileTests : IDisposable
{
    private const string Secret = "secret";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void File_is_read_up_to_its_limit()
    {
        var path = folder.File("a.txt");
        File.WriteAllText(path, "content");
        Assert.Equal("content", RegularFile.ReadAllText(path, 7));
        Assert.Throws<IOException>(() => RegularFile.ReadAllText(path, 6));
        Assert.Throws<FileNotFoundException>(() => RegularFile.Open(folder.File("b.txt")));
        Assert.Throws<DirectoryNotFoundException>(() => RegularFile.Open(folder.File("none", "b.txt")));
    }

    [Fact]
    public void Parent_folder_may_be_a_link()
    {
        Needs.Links(folder.Path);
        Directory.CreateDirectory(folder.File("run"));
        File.WriteAllText(folder.File("run", "a.txt"), "content");
        Directory.CreateSymbolicLink(folder.File("link"), folder.File("run"));
        Assert.Equal("content", RegularFile.ReadAllText(folder.File("link", "a.txt"), 10));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("zero")]
    [InlineData("nothing")]
    [InlineData("itself")]
    [InlineData("pipe")]
    [InlineData("socket")]
    public void Anything_but_a_regular_file_is_refused_immediately(string kind)
    {
        Plant("a", kind);
        Within(() => Assert.Throws<IOException>(() => RegularFile.Open(folder.File("a"))));
        Within(() => Assert.Throws<IOException>(() => RegularFile.ReadAllBytes(folder.File("a"), 10)));
    }

    [Fact]
    public void Link_is_followed_only_to_a_regular_file_and_only_if_the_user_named_it()
    {
        Plant("a", "file");
        using (var file = RegularFile.Open(folder.File("a"), followsLink: true))
        {
            Assert.Equal(Secret.Length, file.Length);
        }

        Plant("b", "pipe");
        File.CreateSymbolicLink(folder.File("c"), folder.File("b"));
        Within(() => Assert.Throws<IOException>(() => RegularFile.Open(folder.File("c"), followsLink: true)));
    }

    /// <summary>Every file of a run's folder, replaced by anything but a regular file.</summary>
    [Theory]
    [InlineData("file")]
    [InlineData("zero")]
    [InlineData("itself")]
    [InlineData("pipe")]
    [InlineData("socket")]
    public void Run_with_planted_files_is_shown_without_them(string kind)
    {
        string[] names =
        [
            "status.json", "metrics.jsonl", "notes.json", "config.yaml", ".lock", ".lock-holder", "loss.png", "dashboard.html", "sample-00000001.gif",
            "preview-00000001.gif", "step-00000001.safetensors",
        ];
        foreach (var name in names)
        {
            Plant(name, kind);
        }

        Within(() =>
        {
            var run = Assert.Single(TrainingRun.List(folder.Path));
            Assert.Equal((RunState.Unknown, null), (run.State, run.Checkpoint));
            Assert.Empty(RunNotes.Read(folder.Path).Tags ?? []);
            Assert.Throws<TinySoraException>(() => MetricsFile.Read(folder.Path));
            Assert.Throws<TinySoraException>(() => ConfigFile.ReadText(folder.File("config.yaml"), followsLink: false));
            Assert.Empty(SampleFiles.In(folder.Path, long.MaxValue));
            Assert.Equal("", Assert.Single(RunComparison.Of([folder.Path])).Settings);
            Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Secret)), TinySora.Engine.Studio.RunReport.Of([folder.Path]), StringComparison.Ordinal);
            Assert.All(CheckpointStore.List(folder.Path), info => Assert.False(info.IsReadable));
            Assert.ThrowsAny<TinySoraException>(() => CheckpointStore.Latest(folder.Path));
        });
    }

    /// <summary>A run resumed in such a folder writes new files instead of the links' targets.</summary>
    [Theory]
    [InlineData("file")]
    [InlineData("pipe")]
    public void Metrics_replace_anything_but_a_regular_file(string kind)
    {
        Plant(MetricsFile.Name, kind);
        Within(() => new MetricsFile(folder.File(MetricsFile.Name)).Write([]));
        Assert.Empty(MetricsFile.Read(folder.Path));
        Assert.Equal(kind == "file" ? Secret : null, File.Exists(folder.File("elsewhere")) ? File.ReadAllText(folder.File("elsewhere")) : null);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("zero")]
    public void Endless_weights_are_refused(string kind)
    {
        Plant("a.safetensors", kind);
        Plant("a.pt", kind);
        Within(() =>
        {
            Assert.ThrowsAny<TinySoraException>(() => SafetensorsFile.Open(folder.File("a.safetensors")));
            Assert.ThrowsAny<TinySoraException>(() => SafetensorsFile.ReadMetadata(folder.File("a.safetensors")));
            Assert.ThrowsAny<TinySoraException>(() => PyTorchFile.Open(folder.File("a.pt")));
            Assert.ThrowsAny<TinySoraException>(() => ConfigFile.ReadText(folder.File("a.pt")));
        });
    }

    [Theory]
    [InlineData(".gif", "zero")]
    [InlineData(".png", "zero")]
    [InlineData(".webp", "zero")]
    [InlineData(".mp4", "zero")]
    [InlineData(".gif", "pipe")]
    [InlineData(".mp4", "pipe")]
    public void Endless_pictures_are_refused(string extension, string kind)
    {
        Plant("a" + extension, kind);
        Within(() =>
        {
            Assert.Equal("TinySora.Media.CannotOpen", Assert.Throws<TinySoraException>(() => ClipFile.Read(folder.File("a" + extension))).Id);
            Assert.True(Record.Exception(() => ClipFile.ReadComment(folder.File("a" + extension))) is null or TinySoraException);
        });
    }

    [Fact]
    public void Endless_line_is_refused()
    {
        using (var file = File.Create(folder.File(MetricsFile.Name)))
        {
            file.SetLength(3L << 30);
        }

        Within(() => Assert.Throws<TinySoraException>(() => MetricsFile.Read(folder.Path)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a\n")]
    [InlineData("a\r\nb\n\nc")]
    public void Lines_match_those_of_the_file(string text)
    {
        File.WriteAllText(folder.File("a.txt"), text);
        Assert.Equal(File.ReadLines(folder.File("a.txt")), BusyFile.ReadLines(folder.File("a.txt")));
        var longer = string.Concat(Enumerable.Repeat(text + "\n" + new string('x', 9999), 5));
        File.WriteAllText(folder.File("a.txt"), longer);
        Assert.Equal(File.ReadLines(folder.File("a.txt")), BusyFile.ReadLines(folder.File("a.txt")));
    }

    private static void Within(Action work)
    {
        var done = Task.Run(work);
        Assert.True(Task.WhenAny(done, Task.Delay(TimeSpan.FromMinutes(1))).GetAwaiter().GetResult() == done, "It waits.");
        done.GetAwaiter().GetResult();
    }

    private void Plant(string name, string kind)
    {
        var path = folder.File(name);
        Needs.Links(folder.Path);
        switch (kind)
        {
            case "file":
                File.WriteAllText(folder.File("elsewhere"), Secret);
                File.CreateSymbolicLink(path, folder.File("elsewhere"));
                break;
            case "zero":
                Needs.Unix("/dev/zero");
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            case "nothing":
                File.CreateSymbolicLink(path, folder.File("missing"));
                break;
            case "itself":
                File.CreateSymbolicLink(path, path);
                break;
            case "pipe":
                Needs.Program("mkfifo");
                using (var mkfifo = Process.Start("mkfifo", [path]))
                {
                    mkfifo.WaitForExit();
                }

                break;
            case "socket":
                Needs.Unix("sockets with the name of a file");
                using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                {
                    Bind(socket, path);
                }

                break;
        }
    }

    /// <summary>The socket's name remains after closing, as if its program had been killed.</summary>
    private static void Bind(Socket socket, string path)
    {
        var brief = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        socket.Bind(new UnixDomainSocketEndPoint(brief));
        File.Move(brief, path);
    }
}
