using TinySora.Engine.Data;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media;

namespace TinySora.Engine.Tests.Data;

public sealed class ForeignClipsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Clips_from_other_sources_are_counted_and_one_is_named()
    {
        foreach (var name in new[] { "a.gif", "b.gif", "c.gif" })
        {
            ClipFile.Write(folder.File(name), Clips.MovingSquare(1));
        }

        var text = ForeignClips.Describe(folder.Path, [folder.File("a.gif")], CancellationToken.None);
        Assert.Contains("contains 3 clips: 1 from this command and 2 from other sources, such as 'b.gif'", text, StringComparison.Ordinal);
        Assert.Null(ForeignClips.Describe(folder.Path, [folder.File("a.gif"), folder.File("b.gif"), folder.File("c.gif")], CancellationToken.None));
        Assert.Null(ForeignClips.Describe(folder.File("missing"), [], CancellationToken.None));
    }
}
