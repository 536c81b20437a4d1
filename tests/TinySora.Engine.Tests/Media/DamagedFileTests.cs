using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Media;

public class DamagedFileTests
{
    [Theory]
    [InlineData("disposal-background.gif")]
    [InlineData("interlaced.gif")]
    [InlineData("pillow.gif")]
    [InlineData("palette4.png")]
    [InlineData("interlaced-rgb.png")]
    public void Altered_file_is_read_or_refused_as_damaged(string name)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File(name);
        var good = File.ReadAllBytes(MediaGolden.PathOf(name));
        var random = new Random(11);
        var refused = 0;
        for (var round = 0; round < 150; round++)
        {
            var bad = good[..(round % 3 == 0 ? random.Next(1, good.Length) : good.Length)];
            for (var i = 0; i < 1 + round % 4; i++)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, bad);
            try
            {
                Assert.InRange(ClipFile.Read(path).Frames, 1, 100);
            }
            catch (TinySoraException e)
            {
                Assert.Contains(e.Id, (string[])["TinySora.Media.Corrupt", "TinySora.Media.TooLarge"]);
                refused++;
            }
        }
        Assert.InRange(refused, 30, 150);
    }
}
