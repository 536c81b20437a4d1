using TinySora.Engine.Data;
using TinySora.Engine.Data.Worlds;

namespace TinySora.Engine.Tests.Data.Worlds;

public sealed class ColorNamesTests
{
    /// <summary>Hues checked by hand; red, green, blue and their mixtures are at multiples of a sixth.</summary>
    [Theory]
    [InlineData(0.0, 1.0, 1.0, 255, 0, 0)]
    [InlineData(2.0 / 6, 1.0, 1.0, 0, 255, 0)]
    [InlineData(4.0 / 6, 1.0, 1.0, 0, 0, 255)]
    [InlineData(1.0 / 6, 1.0, 0.5, 128, 128, 0)]
    [InlineData(7.0 / 6, 0.5, 1.0, 255, 255, 128)]
    [InlineData(0.9, 0.0, 0.2, 51, 51, 51)]
    public void Hues_become_red_green_and_blue(double hue, double saturation, double value, int red, int green, int blue) =>
        Assert.Equal(((byte)red, (byte)green, (byte)blue), new Hsv(hue, saturation, value).ToRgb());

    [Theory]
    [InlineData(250, 10, 5, "red")]
    [InlineData(150, 60, 50, "brown")]
    [InlineData(255, 150, 10, "orange")]
    [InlineData(120, 10, 140, "purple")]
    [InlineData(100, 120, 130, "gray")]
    public void Color_has_the_name_of_the_nearest_one(byte red, byte green, byte blue, string name) =>
        Assert.Equal(name, ColorNames.Nearest(red, green, blue));

    [Fact]
    public void Every_name_has_clear_colors_of_sufficient_saturation()
    {
        var random = new SplitMix64(1);
        foreach (var name in ColorNames.All)
        {
            for (var n = 0; n < 20; n++)
            {
                var color = ColorNames.Draw(name, ref random);
                var (red, green, blue) = color.ToRgb();
                Assert.Equal(name, ColorNames.Nearest(red, green, blue));
                Assert.InRange(color.Saturation, 0.5, 1);
                Assert.InRange(color.Value, 0.5, 1);
            }
        }
    }
}
