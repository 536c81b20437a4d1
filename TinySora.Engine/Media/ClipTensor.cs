using static TorchSharp.torch;

namespace TinySora.Engine.Media;

/// <summary>Converts model output to pixels.</summary>
public static class ClipTensor
{
    /// <summary>Converts a tensor to a clip; values are clamped to [0, 1] and rounded to the nearest byte.</summary>
    /// <param name="video">(C, F, H, W), C = 1, 3 or 4, any floating type and device.</param>
    /// <param name="frameMilliseconds">Duration of a frame in milliseconds; the default is the value in the published code.</param>
    public static Clip FromTensor(Tensor video, int frameMilliseconds = 120)
    {
        using var scope = NewDisposeScope();
        var shape = video.shape; // C, F, H, W
        if (shape.Length != 4 || shape[0] is not (1 or 3 or 4))
        {
            throw new ArgumentException($"The shape must be (C, F, H, W) with 1, 3 or 4 channels, but is ({string.Join(", ", shape)}).", nameof(video));
        }

        var pixels = video.detach().to(ScalarType.Float32).clamp(0, 1).mul(255).round().to(ScalarType.Byte).cpu()
            .permute(1, 2, 3, 0).contiguous().data<byte>().ToArray();
        return new Clip(pixels, (int)shape[1], (int)shape[2], (int)shape[3], (int)shape[0], frameMilliseconds);
    }
}
