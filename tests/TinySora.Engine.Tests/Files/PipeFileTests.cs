using System.Diagnostics;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Digits;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Media.Gif;
using TinySora.Engine.Media.Png;

namespace TinySora.Engine.Tests.Files;

/// <summary>Pipes in place of files, such as the shell's <c>&lt;(command)</c>: they have neither length nor position.</summary>
public sealed class PipeFileTests : IDisposable
{
    private static readonly Dictionary<string, Action<string>> Readers = new()
    {
        ["weights.safetensors"] = path => SafetensorsFile.Open(path).Dispose(),
        ["metadata.safetensors"] = path => SafetensorsFile.ReadMetadata(path),
        ["kind.safetensors"] = path => SafetensorsFile.IsOne(path),
        ["weights.pt"] = path => PyTorchFile.Open(path).Dispose(),
        ["whole.npy"] = path => NpyFile.Read(path).Dispose(),
        ["array.npy"] = path => NpyArray.Open(path).Dispose(),
        ["data.arrow"] = path => ArrowDataset.Open(path).Dispose(),
        ["train-images-idx3-ubyte"] = path => IdxFile.Read(path, 3),
        ["clip.gif"] = path => GifCodec.ReadComment(path),
        ["still.png"] = path => PngCodec.Read(path),
        ["videos.zip"] = path => Archive.Unpack(path, path + ".out", null, CancellationToken.None),
        ["videos.tar"] = path => Archive.Unpack(path, path + ".out", null, CancellationToken.None),
        ["videos.tgz"] = path => Archive.Unpack(path, path + ".out", null, CancellationToken.None),
        ["captions.csv"] = path => CaptionTable.Read(path),
        ["captions.json"] = path => CaptionTable.Read(path),
    };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names => [.. Readers.Keys];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Pipe_is_read_or_refused_with_a_clear_error(string name)
    {
        Needs.Unix("named pipes");
        File.WriteAllBytes(folder.File("content"), [.. Enumerable.Range(0, 2000).Select(i => (byte)i)]);

        // Once for each time that it is opened.
        using var writer = Process.Start(new ProcessStartInfo("sh", ["-c", "mkfifo \"$1\"; echo; while :; do cat content > \"$1\"; done", "sh", name])
        {
            WorkingDirectory = folder.Path, RedirectStandardOutput = true,
        })!;
        try
        {
            await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            var failure = await Task.Run(() => Record.Exception(() => Readers[name](folder.File(name)))).WaitAsync(TimeSpan.FromSeconds(60));
            Assert.True(failure is null or TinySoraException { Advice.Length: > 0 }, $"{failure}");
        }
        finally
        {
            writer.Kill(entireProcessTree: true);
            await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }
}
