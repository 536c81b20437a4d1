using System.Text.RegularExpressions;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Corpora;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>Converts whole videos to codebook indices, like the preprocessing of early Open-Sora versions.</summary>
public static partial class VideoTokenizer
{
    /// <summary>
    /// Creates the tokenizer. Frames, rows and columns beyond a multiple of the model's stride are cropped at the end. Do not call it on the engine thread.
    /// </summary>
    /// <param name="resolution">Side of the square clips: the shorter side is scaled to it, then the center is cropped. <c>null</c> to keep the size of the
    /// videos.</param>
    /// <param name="frameInterval">Distance between the frames that are used, starting with the first frame.</param>
    /// <exception cref="TinySoraException">NoQuantizer; NotDivisible for the resolution.</exception>
    public static VideoTokens Of(CodecModel model, int? resolution, int frameInterval)
    {
        model.Check(LatentKind.Tokens);
        var stride = model.Codec.Stride;
        if (resolution is int side)
        {
            stride.Check(stride.Frames, side, side);
        }

        return new(FormattableString.Invariant($"autoencoder {model.Hash}, resolution {resolution}, frame interval {frameInterval}"), Encode)
        {
            CodecTraits = $"{CodecTraits.Of(model)}",
        };

        Tensor Encode(string path, CancellationToken cancellation)
        {
            var clip = Read(path, model.Codec.Shape, resolution, frameInterval, cancellation);
            var (frames, height, width) = (Whole(clip.Frames, stride.Frames), Whole(clip.Height, stride.Height), Whole(clip.Width, stride.Width));
            if (frames == 0)
            {
                throw LatentErrors.TooShort(path, clip.Frames, stride.Frames);
            }

            if (height == 0 || width == 0)
            {
                throw LatentErrors.TooSmall(path, clip.Height, clip.Width, stride.Height, stride.Width);
            }

            return EngineThread.Run(() =>
            {
                using var scope = NewDisposeScope();
                using var nothing = no_grad();
                var bytes = tensor(clip.Pixels, [1, clip.Frames, clip.Height, clip.Width, clip.Channels], ScalarType.Byte)
                    .narrow(1, 0, frames).narrow(2, 0, height).narrow(3, 0, width);
                var values = bytes.to(model.Device).to(ScalarType.Float32).div_(255).permute(0, 4, 1, 2, 3).contiguous(); // (1, C, F, H, W)
                return model.Tokens(values).squeeze(0).cpu().MoveToOuterDisposeScope();
            });
        }
    }

    /// <summary>Extracts the model's hash from a description of tokens; <c>null</c> if the description does not contain one.</summary>
    internal static string? HashIn(string description) => Hash().Match(description) is { Success: true } match ? match.Groups["hash"].Value : null;

    /// <summary>Infers the model's traits from tokens and from the size of the clip that they encode.</summary>
    /// <param name="first">Tokens of one video, (..., t, h, w).</param>
    /// <param name="clip">Frames, rows and columns in pixels.</param>
    /// <param name="largest">Largest of all tokens, which counts as the last code.</param>
    /// <exception cref="TinySoraException">NoStride.</exception>
    internal static CodecTraits TraitsOf(
        string path, string description, Tensor first, (int Frames, int Height, int Width) clip, Func<long> largest)
    {
        var hash = HashIn(description);
        return CodecTraits.Parse(description, hash)
            ?? new(LatentSource.StrideOf(path, (first.shape[^3], first.shape[^2], first.shape[^1]), clip), 1, (int)largest() + 1, hash);
    }

    /// <param name="trained">Shape of the clips that the autoencoder was trained on.</param>
    private static Clip Read(string path, ClipShape trained, int? resolution, int frameInterval, CancellationToken cancellation)
    {
        // ffmpeg scales while decoding, so that a large video does not exhaust memory.
        var options = ClipFile.IsVideo(path) ? new ReadOptions { ShorterSide = resolution, IsAsPublished = trained.IsAsPublished } : null;
        var clip = Resample.ToChannels(ClipFile.Read(path, options, cancellation), trained.Channels);
        clip = frameInterval == 1 ? clip : Resample.Select(clip, [.. Enumerable.Range(0, clip.Frames).Where(frame => frame % frameInterval == 0)]);
        return resolution is int side ? Resample.CenterCrop(Resample.ShorterSide(clip, side), side) : clip;
    }

    [GeneratedRegex("^autoencoder (?<hash>[0-9A-F]{64}),")]
    private static partial Regex Hash();

    private static int Whole(int length, int stride) => length / stride * stride;
}
