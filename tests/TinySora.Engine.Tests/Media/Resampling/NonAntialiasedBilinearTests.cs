using TinySora.Engine.Configuration;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Tests.Media.Resampling;

/// <summary>Compares with values that tests/reference/plain_bilinear.py computes with PyTorch.</summary>
public sealed class NonAntialiasedBilinearTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(7, 12, 3, new byte[] { 54, 128, 160, 170, 118, 67, 76, 108, 182 })]
    [InlineData(12, 7, 3, new byte[] { 45, 131, 217, 61, 147, 150, 77, 163, 166 })]
    [InlineData(16, 16, 4, new byte[] { 128, 88, 110, 133, 111, 134, 94, 116, 158, 117, 140, 100, 141, 164, 123, 146 })]
    [InlineData(5, 8, 6, new byte[]
    {
        56, 85, 115, 144, 174, 204, 89, 119, 148, 178, 208, 143, 127, 156, 186, 216, 143, 76, 164, 194, 213, 159, 76, 61, 170, 169, 179, 58, 69, 99, 110, 14,
        44, 73, 103, 133,
    })]
    [InlineData(4, 5, 4, new byte[] { 0, 37, 74, 111, 185, 222, 8, 45, 119, 156, 193, 230, 53, 90, 127, 164 })]
    public void Frames_are_scaled_and_cropped_as_PyTorch_interpolate_does(int height, int width, int size, byte[] expected)
    {
        var one = new Clip([.. Enumerable.Range(0, height * width).Select(i => (byte)(37 * i % 251))], 1, height, width, 1);
        Assert.Equal(expected, NonAntialiasedBilinear.Fill(one, size, size).Pixels);

        // Channels and frames separately.
        var two = new Clip([.. one.Pixels.SelectMany(value => new[] { value, (byte)(255 - value), (byte)0 }), .. new byte[one.Pixels.Length * 3]], 2, height, width, 3);
        var filled = NonAntialiasedBilinear.Fill(two, size, size);
        Assert.Equal(expected, expected.Select((_, i) => filled.Frame(0)[3 * i]));
        Assert.All(expected, (value, i) => Assert.Equal(255 - value, filled.Frame(0)[(3 * i) + 1], 1.0));
        Assert.All(filled.Frame(1).ToArray(), value => Assert.Equal(0, value));
    }

    /// <summary>Antialiasing turns alternating columns of black and white gray.</summary>
    [Theory]
    [InlineData("minisora-vqvae", false)]
    [InlineData("minisora-vae", false)]
    [InlineData("videogpt-vqvae", false)]
    [InlineData("shapes-vae", true)]
    public void Presets_of_the_original_projects_read_videos_as_those_do(string preset, bool isAntialiased)
    {
        Needs.FFmpeg();
        var config = ConfigFile.Parse(Presets.Text(preset), preset);
        var own = config.Of<VideoAutoencoderConfig>().Family;
        var shape = own.Shape(config.Trainer) with { Frames = 1, Height = 16, Width = 16 };
        var columns = new Clip([.. Enumerable.Range(0, 80 * 80 * 3).Select(i => (byte)(i / 3 % 2 * 255))], 1, 80, 80, 3);
        ClipFile.Write(folder.File("columns.mp4"), columns);
        var read = shape.Read(folder.File("columns.mp4"), CancellationToken.None);
        var contrast = read[..256].Max() - read[..256].Min();
        Assert.Equal(isAntialiased, contrast < 128);
        Assert.NotEqual(shape.Stored, (shape with { IsAsPublished = !shape.IsAsPublished }).Stored);
    }
}
