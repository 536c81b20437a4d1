using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Latents;

namespace TinySora.Engine.Families.LatentVideos;

/// <summary>Opens the training data for a latent diffusion or token model: videos to encode once, Arrow parts, or files of latents or tokens.</summary>
internal static class LatentVideoFolder
{
    /// <param name="companion">Autoencoder, which may be missing if the path already contains the latents or tokens that the model needs.</param>
    /// <param name="images">Number of single frames appended to each clip.</param>
    /// <param name="captions">How training uses the captions; <c>null</c> if the model does not use text.</param>
    /// <param name="saved">Folder with saved latents of videos; <c>null</c> if there is none.</param>
    /// <exception cref="TinySoraException">CodecMissing, errors in opening the codec; NoQuantizer, NoPosterior, NoStride; errors in the files.</exception>
    public static LatentExamples Open(
        CodecDependency companion, string path, LatentKind kind, VideoClipConfig clip, int images, CaptionSampling? captions, SavedLatents? saved,
        IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        var codec = companion.Exists || !Has(path, kind, clip, saved) ? companion.Open() : null;
        return OnFailure.Dispose(codec, () =>
        {
            codec?.Check(kind);
            var videos = OpenVideos(codec, path, kind, clip, saved, progress, cancellation);
            var sampling = new FrameSampling(clip.Frames / videos.Codec.Stride.Frames, clip.FrameInterval, images);
            return new LatentExamples(videos, sampling, kind, clip.ClipsPerVideo, captions, codec is null ? companion.CreateMissingNote(videos.Codec) : null);
        });
    }

    /// <param name="folder">Training data, possibly with splits; <c>null</c> if the autoencoder is always required.</param>
    /// <exception cref="TinySoraException">CodecMissing, NoneInFolder; errors in the files.</exception>
    public static void CheckCodec(CodecDependency companion, string? folder, LatentKind kind, VideoClipConfig clip, SavedLatents? saved)
    {
        if (!companion.Exists && !(folder is not null && Has(DatasetSplit.FolderOf(folder, DatasetSplit.Training), kind, clip, saved)))
        {
            throw companion.CreateMissingError();
        }
    }

    /// <summary>Returns the traits of the autoencoder or, if it is missing, those recorded in the data.</summary>
    /// <inheritdoc cref="CheckCodec"/>
    public static CodecTraits Codec(CodecDependency companion, string? folder, LatentKind kind, VideoClipConfig clip, SavedLatents? saved)
    {
        CheckCodec(companion, folder, kind, clip, saved);
        if (companion.Exists)
        {
            using var codec = companion.Open();
            codec.Check(kind);
            return CodecTraits.Of(codec);
        }

        using var videos = OpenVideos(null, DatasetSplit.FolderOf(folder!, DatasetSplit.Training), kind, clip, saved, null, CancellationToken.None);
        return videos.Codec;
    }

    /// <summary>Returns the number of examples at a path, without encoding clips.</summary>
    /// <inheritdoc cref="Open" path="/param[@name='captions']"/>
    /// <param name="open">Opens the examples at a path that contains files of latents or tokens.</param>
    public static int Count(string path, VideoClipConfig clip, CaptionSampling? captions, Func<IExamples> open)
    {
        if (!LatentSource.IsLatents(path))
        {
            return ClipReader.Find(path, clip.VideoFilter)
                .Sum(source => captions?.CountExamples(EncodedLatentVideos.CaptionsOf(source.Path).Count) ?? 1) * clip.ClipsPerVideo;
        }

        using var data = open();
        return data.Count;
    }

    /// <summary>
    /// Whether the path contains the latents or tokens that the model needs, so that no autoencoder is required. Converting tokens to latents requires one.
    /// </summary>
    private static bool Has(string path, LatentKind kind, VideoClipConfig clip, SavedLatents? saved)
    {
        if (ArrowLatents.Parts(path) is { Count: > 0 } parts)
        {
            return kind == LatentKind.Tokens && ArrowLatentVideos.HaveTokens(parts);
        }

        if (!LatentSource.IsLatents(path))
        {
            return saved is not null && !DatasetSplit.IsHeldOut(path) && saved.CoversAll(path, clip.VideoFilter);
        }

        using var source = LatentSource.Open(path, null);
        return kind == LatentKind.Tokens || !source.HasTokens;
    }

    /// <param name="codec">Autoencoder; <c>null</c> if it is missing and not needed.</param>
    private static ILatentVideos OpenVideos(
        CodecModel? codec, string path, LatentKind kind, VideoClipConfig clip, SavedLatents? saved, IProgress<ItemProgress>? progress,
        CancellationToken cancellation)
    {
        // An autoencoder for single frames encodes whole videos of any length.
        var shape = codec?.ShapeOf(codec.TakesSingleFrames ? clip.SourceFrames : clip.FramesToRead, clip.Height, clip.Width ?? clip.Height) ?? default;
        shape = shape with { CropsSquare = clip.CentreSquareCrop ?? shape.CropsSquare };
        if (ArrowLatents.Parts(path) is { Count: > 0 } parts)
        {
            return new ArrowLatentVideos(
                parts, codec, kind, clip, clip.VideoDir is string videos ? names => Encoded(videos, VideoFilter.All with { Names = names }) : null);
        }

        if (LatentSource.IsLatents(path))
        {
            return new StoredLatentVideos(path, codec, kind, clip);
        }

        // Saved latents belong to the training videos. Videos of a held-out split may have the same names.
        var found = saved is null || DatasetSplit.IsHeldOut(path) ? null : SavedLatentVideos.Open(
            path, saved, codec, kind, clip, shape, (names, mayBeEmpty) => Encoded(path, clip.VideoFilter with { Names = names }, mayBeEmpty),
            progress, cancellation);
        if (found is not null)
        {
            return found;
        }

        var encoded = Encoded(path, clip.VideoFilter);
        codec!.Dispose(); // all latents are stored, so it is no longer needed
        return encoded;

        EncodedLatentVideos Encoded(string folder, VideoFilter choice, bool mayBeEmpty = false) => new(
            LatentFolder.Open(codec!, folder, kind, shape, progress, choice, mayBeEmpty, cancellation), CodecTraits.Of(codec!), kind, folder);
    }
}
