using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Media;

public class ClipTensorTests
{
    [Fact]
    public void CFHW_tensors_become_clips_of_FHWC_bytes()
    {
        using var video = arange(24, ScalarType.Float32).view(3, 2, 2, 2) / 255;
        var clip = ClipTensor.FromTensor(video);
        Assert.Equal((2, 2, 2, 3), (clip.Frames, clip.Height, clip.Width, clip.Channels));
        // Frame 1, row 1, column 0: channels 0, 1 and 2.
        Assert.Equal([6, 14, 22], clip.Frame(1)[6..9].ToArray());
    }

    [Fact]
    public void Values_are_clamped_and_rounded()
    {
        using var video = tensor(new[] { -0.5f, 0.4999f / 255, 0.5001f / 255, 254.6f / 255, 1.7f }, [1, 1, 1, 5]);
        Assert.Equal([0, 0, 1, 255, 255], ClipTensor.FromTensor(video).Pixels);
    }

    /// <summary>The published video_tensor_to_gif (T6 in the list of features).</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Tensor_becomes_a_GIF_of_its_size_that_shows_each_frame_for_120_ms_and_loops_forever(int channels)
    {
        using TemporaryFolder folder = new();
        using var video = arange(channels * 4 * 6 * 8, ScalarType.Float32).view(channels, 4, 6, 8) / (channels * 4 * 6 * 8);
        ClipFile.Write(folder.File("clip.gif"), ClipTensor.FromTensor(video));
        var back = ClipFile.Read(folder.File("clip.gif"));
        Assert.Equal((4, 6, 8, 120), (back.Frames, back.Height, back.Width, back.FrameMilliseconds));
        var bytes = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(folder.File("clip.gif")));
        Assert.Contains("NETSCAPE2.0\x03\x01\0\0\0", bytes, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_shape_is_refused_with_its_dimensions()
    {
        using var batch = zeros([1, 3, 2, 4, 4]);
        Assert.Contains("1, 3, 2, 4, 4", Assert.Throws<ArgumentException>(() => ClipTensor.FromTensor(batch)).Message);
    }
}
