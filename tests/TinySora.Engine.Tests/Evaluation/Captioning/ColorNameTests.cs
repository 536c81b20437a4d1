using TinySora.Engine.Evaluation.Captioning;

namespace TinySora.Engine.Tests.Evaluation.Captioning;

/// <summary>Colors of CSS and of common things.</summary>
public sealed class ColorNameTests
{
    [Theory]
    [InlineData(0, 0, 0, "black")]
    [InlineData(20, 0, 0, "black")] // lightness 0.12
    [InlineData(60, 60, 60, "dark grey")]
    [InlineData(128, 128, 128, "grey")]
    [InlineData(200, 200, 200, "light grey")]
    [InlineData(255, 255, 255, "white")]
    [InlineData(90, 75, 60, "dark grey")] // mud
    [InlineData(255, 105, 180, "pink")] // hot pink
    [InlineData(255, 192, 203, "pink")]
    [InlineData(250, 128, 114, "pink")] // salmon
    [InlineData(255, 20, 147, "red")] // deep pink
    [InlineData(220, 20, 60, "red")] // crimson
    [InlineData(255, 0, 0, "red")]
    [InlineData(183, 65, 14, "red")] // rust
    [InlineData(139, 69, 19, "brown")]
    [InlineData(130, 90, 80, "brown")]
    [InlineData(120, 90, 30, "brown")] // bronze
    [InlineData(255, 165, 0, "orange")]
    [InlineData(255, 215, 0, "yellow")] // gold
    [InlineData(255, 255, 0, "yellow")]
    [InlineData(128, 128, 0, "green")] // olive
    [InlineData(0, 255, 0, "green")]
    [InlineData(0, 255, 255, "cyan")]
    [InlineData(0, 0, 128, "blue")]
    [InlineData(135, 206, 235, "blue")] // sky
    [InlineData(75, 0, 130, "purple")]
    [InlineData(128, 0, 128, "purple")]
    [InlineData(255, 0, 255, "pink")]
    public void Color_has_its_common_name(byte red, byte green, byte blue, string name) => Assert.Equal(name, ColorName.Find(red, green, blue));

    [Theory]
    [InlineData(110, 60, 80)] // between plum and brown
    [InlineData(188, 143, 143)] // rosy brown
    [InlineData(255, 127, 80)] // coral
    [InlineData(255, 218, 185)] // peach
    [InlineData(245, 222, 179)] // wheat
    [InlineData(180, 160, 120)] // sand
    [InlineData(127, 255, 212)] // aquamarine
    [InlineData(0, 100, 110)] // petrol
    [InlineData(95, 158, 160)] // cadet blue
    [InlineData(100, 190, 215)]
    public void Color_between_two_names_has_none(byte red, byte green, byte blue) => Assert.Null(ColorName.Find(red, green, blue));
}
