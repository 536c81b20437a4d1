using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Simulation;

namespace TinySora.Engine.Tests.Interop;

/// <summary>Two that write one file at once: who comes second waits, and harms nothing.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private const int Seeds = 40, Parts = 4;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void File_is_whole_at_every_moment_whoever_writes_it()
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
    public void Clip_that_another_process_writes_stays_its_own()
    {
        var path = folder.File("clip.gif");
        using (var other = new FileStream(path + AtomicFile.PartialSuffix, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            Assert.Equal("TinySora.Media.CannotWrite", Assert.Throws<TinySoraException>(() => ClipFile.Write(path, OneFrame())).Id);
            Assert.True(File.Exists(path + AtomicFile.PartialSuffix));
        }

        // It has died: what it left is in nobody's way.
        ClipFile.Write(path, OneFrame());
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    private static void Write(string path, char name, ref int written, ref int refused)
    {
        try
        {
            AtomicFile.WriteDurably(
                path,
                stream =>
                {
                    for (var i = 0; i < Parts; i++)
                    {
                        stream.Write(Encoding.UTF8.GetBytes(new string(name, 3)));
                        stream.Flush();
                        Moment.Pass();
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
