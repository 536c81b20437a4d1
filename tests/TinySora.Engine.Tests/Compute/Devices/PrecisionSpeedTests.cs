using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Devices;

public sealed class PrecisionSpeedTests
{
    private const string Key = "a processor";
    private static readonly PrecisionSpeed Stored = new(1, 2, 3, 4);

    [Theory]
    [InlineData(100, 150, 100, 150, true)]
    [InlineData(100, 150, 100, 90, false)] // a network may consist of convolutions only
    [InlineData(100, 90, 100, 150, false)]
    [InlineData(100, 101, 100, 101, false)] // within the error of the measurement
    public void Bfloat16_must_be_faster_in_both_kinds_of_layers(double product, double fastProduct, double convolution, double fastConvolution, bool isFaster) =>
        Assert.Equal(isFaster, new PrecisionSpeed(product, fastProduct, convolution, fastConvolution).IsBFloat16Faster);

    [Fact]
    public void Measured_speed_is_stored_and_read()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "new", "precision.json");

        var measured = PrecisionSpeed.Load(path, Key);

        Assert.All([measured.Float32Product, measured.BFloat16Product, measured.Float32Convolution, measured.BFloat16Convolution], speed => Assert.True(speed > 0));
        Assert.Contains(Key, File.ReadAllText(path), StringComparison.Ordinal);
        File.WriteAllText(path, System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, PrecisionSpeed> { [Key] = Stored }));
        Assert.Equal(Stored, PrecisionSpeed.Load(path, Key));
        Assert.NotEqual(Stored, PrecisionSpeed.Load(path, "another processor"));
        Assert.Equal(Stored, PrecisionSpeed.Load(path, Key));
    }

    [Theory]
    [InlineData("{ \"a proc")]
    [InlineData("[1, 2]")]
    [InlineData("null")]
    public void Damaged_file_is_replaced(string text)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "precision.json");
        File.WriteAllText(path, text);

        var measured = PrecisionSpeed.Load(path, Key);

        Assert.Equal(measured, PrecisionSpeed.Load(path, Key));
    }

    [Fact]
    public void Folder_that_cannot_be_created_is_not_an_error()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "file");
        File.WriteAllText(file, "");

        Assert.True(PrecisionSpeed.Load(Path.Combine(file, "precision.json"), Key).Float32Product > 0);
    }

    [Fact]
    public void Measurement_changes_neither_random_numbers_nor_counts_nor_precision()
    {
        manual_seed(7);
        var expected = rand(3).data<float>().ToArray();
        manual_seed(7);
        var flops = FlopCounter.Count;
        using var nothing = no_grad();

        PrecisionSpeed.Measure();

        Assert.Equal(expected, rand(3).data<float>().ToArray());
        Assert.Equal(flops, FlopCounter.Count);
        Assert.False(Precision.IsBFloat16);
        Assert.False(is_grad_enabled());
    }
}
