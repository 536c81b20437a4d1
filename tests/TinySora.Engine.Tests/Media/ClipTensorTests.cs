using TinySora.Engine.Media;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Media;

public class ClipTensorTests
{
    [Fact]
    public void A_clip_becomes_channels_frames_height_width_between_0_and_1()
    {
        Clip clip = Clips.Gradient(2, 3, 4);
        using Tensor video = ClipTensor.ToTensor(clip);
        Assert.Equal([3, 2, 3, 4], video.shape);
        // Green of frame 1, row 2, column 3.
        Assert.Equal(clip.Frame(1)[(2 * 4 + 3) * 3 + 1] / 255.0, video[1, 1, 2, 3].item<float>(), 6);
        Assert.Equal(clip.Pixels, ClipTensor.FromTensor(video).Pixels);
    }

    [Fact]
    public void Values_are_clamped_and_rounded()
    {
        using Tensor video = tensor(new[] { -0.5f, 0.4999f / 255, 0.5001f / 255, 254.6f / 255, 1.7f }, [1, 1, 1, 5]);
        Assert.Equal([0, 0, 1, 255, 255], ClipTensor.FromTensor(video).Pixels);
    }

    [Fact]
    public void Another_shape_is_refused_by_name()
    {
        using Tensor batch = zeros([1, 3, 2, 4, 4]);
        Assert.Contains("1, 3, 2, 4, 4", Assert.Throws<ArgumentException>(() => ClipTensor.FromTensor(batch)).Message);
    }
}
