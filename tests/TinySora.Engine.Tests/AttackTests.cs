using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media;

namespace TinySora.Engine.Tests;

/// <summary>
/// The files of tests/attacks, each of which harms a program that trusts its input, are refused with their own errors: nothing is executed,
/// written outside the output, or fetched, and memory stays within what reading needs.
/// </summary>
public sealed class AttackTests : IDisposable
{
    /// <summary>Memory limit for refusing any of the files. A program that trusts a file would use a multiple.</summary>
    private const long MaxBytes = 64 << 20;

    private readonly TemporaryFolder folder = new();
    private readonly TcpListener server = new(IPAddress.Loopback, 0);

    public AttackTests()
    {
        server.Start();
        File.WriteAllText(folder.File("secret.txt"), new string('s', 768));
    }

    /// <summary>Each file with its expected error.</summary>
    public static TheoryData<string, string> Files { get; } = new()
    {
        { "absolute.zip", "TinySora.Data.UnsafeArchive" },
        { "beyond.safetensors", "TinySora.Checkpoint.Damaged" },
        { "bomb.gif", "TinySora.Media.TooLarge" },
        { "bomb.npy", "TinySora.Data.NpyUnreadable" },
        { "bomb.png", "TinySora.Media.TooLarge" },
        { "bomb.pt", "TinySora.Checkpoint.Damaged" },
        { "bomb.yaml", "TinySora.Config.Refused" },
        { "bomb.zip", "TinySora.Data.UnsafeArchive" },
        { "code-before-2020.pt", "TinySora.Checkpoint.RunsCode" },
        { "code.npy", "TinySora.Data.NpyUnreadable" },
        { "code.pt", "TinySora.Checkpoint.RunsCode" },
        { "code.yaml", "TinySora.Config.NotASection" },
        { "deep.json", "TinySora.Data.CaptionsUnreadable" },
        { "deep.safetensors", "TinySora.Checkpoint.Damaged" },
        { "deep.yaml", "TinySora.Config.Refused" },
        { "escape.tar.gz", "TinySora.Data.UnsafeArchive" },
        { "escape.zip", "TinySora.Data.UnsafeArchive" },
        { "hard-link.tar.gz", "TinySora.Data.UnsafeArchive" },
        { "header.safetensors", "TinySora.Checkpoint.NotSafetensors" },
        { "link.tar.gz", "TinySora.Data.UnsafeArchive" },
        { "link.zip", "TinySora.Data.UnsafeArchive" },
        { "list.mp4", "TinySora.Media.FFmpegFailed" },
        { "overlap.safetensors", "TinySora.Checkpoint.Damaged" },
        { "pixels.png", "TinySora.Media.Corrupt" },
        { "playlist.mp4", "TinySora.Media.FFmpegFailed" },
        { "reference.mov", "TinySora.Media.NoFrames" },
        { "session.mp4", "TinySora.Media.FFmpegFailed" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void File_is_refused_without_side_effects(string name, string error)
    {
        var path = Place(name);
        if (ClipFile.IsVideo(path))
        {
            Needs.FFmpeg();
            ClipFile.Write(folder.File("secret.mp4"), Clips.MovingSquare());
        }

        var (before, allocated) = (Everything(), GC.GetAllocatedBytesForCurrentThread());
        var refused = Assert.Throws<TinySoraException>(() => Read(path));
        Assert.Equal(error, refused.Id);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, MaxBytes);
        Assert.Equal(before, Everything());
        Assert.False(server.Pending(), "It has fetched something.");
    }

    [Fact]
    public void Every_file_is_tested() => Assert.Equal(
        Directory.GetFiles(Repository.At("tests", "attacks")).Select(path => Path.GetFileName(path)).Where(name => name != "make.py").Order(StringComparer.Ordinal),
        Files.Select(row => row.Data.Item1));

    [Theory]
    [InlineData("code.pt", "import pickle, zipfile; pickle.loads(zipfile.ZipFile('code.pt').read('archive/data.pkl'))")]
    [InlineData("code-before-2020.pt", "import pickle; f = open('code-before-2020.pt', 'rb'); [pickle.load(f) for _ in range(4)]")]
    [InlineData("code.npy", "import pickle; pickle.loads(open('code.npy', 'rb').read()[128:])")]
    public void Pickled_program_runs_in_an_unprotected_reader(string name, string python)
    {
        Assert.SkipWhen(Needs.Python is null || OperatingSystem.IsWindows(), "python3 is not on the PATH.");
        Place(name);
        Run(Needs.Python!, "-c", python);
        Assert.True(File.Exists(folder.File("harm")));
    }

    [Fact]
    public void Playlist_opens_another_video_in_unprotected_ffmpeg()
    {
        Needs.FFmpeg();
        Place("list.mp4");
        ClipFile.Write(folder.File("secret.mp4"), Clips.MovingSquare());
        Assert.Equal(0, Run("ffprobe", "-v", "error", "list.mp4"));
    }

    public void Dispose()
    {
        server.Dispose();
        folder.Dispose();
    }

    /// <summary>Copies a file and points its address to the tests' server.</summary>
    private string Place(string name)
    {
        var path = folder.File(name);
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(Repository.At("tests", "attacks", name)));
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(text.Replace(":49871", $":{((IPEndPoint)server.LocalEndpoint).Port}", StringComparison.Ordinal)));
        return path;
    }

    private void Read(string path)
    {
        if (ClipFile.IsClip(path))
        {
            ClipFile.ReadComment(path);
            ClipFile.Read(path);
            return;
        }

        switch (Path.GetExtension(path))
        {
            case ".pt" or ".safetensors":
                using (TensorFile.Open(path))
                {
                    return;
                }

            case ".npy":
                NpyFile.Read(path).Dispose();
                return;
            case ".yaml":
                ConfigFile.Load(path);
                return;
            case ".json":
                CaptionTable.Read(path);
                return;
            default:
                using (var unpacked = new UnpackedSources(folder.File("out")))
                {
                    unpacked.Open([path], null, CancellationToken.None);
                    return;
                }
        }
    }

    /// <summary>Lists all surrounding files with their content; the output folder may exist if it is empty.</summary>
    private Dictionary<string, string> Everything() => Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories)
        .Concat(Directory.GetFiles(Path.GetTempPath(), "harm*")).ToDictionary(path => path, path => Convert.ToHexString(File.ReadAllBytes(path)));

    private int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder.Path, RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
