using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Fonts;
using TinySora.Engine.Tests.Data.Sprites;

namespace TinySora.Engine.Tests.Media.Fonts;

public sealed class ColorFontTests : IDisposable
{
    private static readonly Clip[] Pictures = [TestSprites.Flag(255, 0, 0), TestSprites.Disc(), TestSprites.Flag(0, 0, 255)];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, 17)]
    [InlineData(2, 18)]
    [InlineData(3, 17)]
    [InlineData(4, 18)]
    [InlineData(5, 19)]
    public void Images_are_found_in_every_format(int indexFormat, int imageFormat)
    {
        var font = Write(TestFont.Create(Pictures, indexFormat, imageFormat));
        for (var i = 0; i < Pictures.Length; i++)
        {
            Assert.Equal(Pictures[i].Pixels.Length, font.Draw(0x1F600 + i)!.Pixels.Length);
            Assert.Equal(Pictures[i].Pixels[(4 * 500)..(4 * 520)], font.Draw(0x1F600 + i)!.Pixels[(4 * 500)..(4 * 520)]);
        }

        Assert.Null(font.Draw(0x1F600 + Pictures.Length));
        Assert.Null(font.Draw('a'));
    }

    [Fact]
    public void Damaged_font_causes_an_error_and_never_a_crash()
    {
        var whole = TestFont.Create(Pictures);
        var errors = new HashSet<string>();
        var random = new Random(1);
        for (var n = 0; n < 2000; n++)
        {
            var bytes = whole[..(n % 3 == 0 ? random.Next(1, whole.Length) : whole.Length)];
            for (var change = 0; change < 3; change++)
            {
                // Most changes affect the tables in front of and behind the images.
                var place = random.Next(2) == 0 ? random.Next(Math.Min(60, bytes.Length)) : bytes.Length - 1 - random.Next(Math.Min(250, bytes.Length));
                bytes[place] = (byte)random.Next(256);
            }

            try
            {
                var font = Write(bytes);
                font.Draw(0x1F600);
                font.Draw(0x1F602);
            }
            catch (TinySoraException e)
            {
                errors.Add(e.Id);
            }
        }

        Assert.Contains("TinySora.Media.Corrupt", errors);
        Assert.Empty(errors.Except(["TinySora.Media.Corrupt", "TinySora.Media.TooLarge", "TinySora.Media.AnimatedPicture"]));
    }

    [Fact]
    public void Font_without_images_is_refused_by_name_of_the_table()
    {
        var error = Assert.Throws<TinySoraException>(() => Write(TestFont.Join(("cmap", [0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, .. new byte[14]]))));
        Assert.Equal("TinySora.Media.Corrupt", error.Id);
        Assert.Contains("CBDT", error.Message, StringComparison.Ordinal);
    }

    private ColorFont Write(byte[] bytes)
    {
        var path = folder.File("font.ttf");
        File.WriteAllBytes(path, bytes);
        return ColorFont.Read(path);
    }
}
