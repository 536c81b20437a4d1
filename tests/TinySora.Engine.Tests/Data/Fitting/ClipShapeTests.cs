using TinySora.Engine.Data.Fitting;

namespace TinySora.Engine.Tests.Data.Fitting;

public sealed class ClipShapeTests
{
    /// <summary>Stores of decoded clips contain this description of their shape: changing its text would invalidate all of them.</summary>
    [Fact]
    public void Description_of_a_shape_stays_as_stores_contain_it()
    {
        var shape = new ClipShape(3, 4, 16) { Width = 24 };
        Assert.Equal("ClipShape { Channels = 3, Frames = 4, Size = 16, LengthRule = Fit, Width = 24, Length = 4608 }", shape.ToString());
        Assert.Equal($"{shape} plain", (shape with { IsAsPublished = true }).Stored.Description);
    }
}
