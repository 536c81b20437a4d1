using TinySora.Engine.Data.Captions;

namespace TinySora.Engine.Tests.Data;

public sealed class CaptionFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Caption_file_is_read_up_to_a_limit_in_whole_captions()
    {
        var captions = Enumerable.Range(0, 300).Select(number => $"caption number {number} of a red circle that moves right").ToArray();
        File.WriteAllLines(folder.File("a.txt"), captions);
        Assert.Equal(captions, CaptionFile.ReadAll(folder.File("a.gif")));

        captions = [.. Enumerable.Range(0, 3000).Select(number => $"caption number {number} of a red circle that moves right")];
        File.WriteAllLines(folder.File("b.txt"), captions);
        var read = CaptionFile.ReadAll(folder.File("b.gif"));
        Assert.InRange(read.Count, 1000, 2999);
        Assert.Equal(captions.Take(read.Count), read);

        File.WriteAllText(folder.File("c.txt"), new string('a', 200_000));
        Assert.Equal(100_000, Assert.Single(CaptionFile.ReadAll(folder.File("c.gif"))).Length);
    }
}
