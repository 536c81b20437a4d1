using TinySora.Engine.Compute;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Errors;
using TinySora.Engine.Latents;

namespace TinySora.Engine.Families.Films;

/// <summary>Where a model over latents or tokens finds its films: clips that are encoded once, Arrow parts, or files of latents or tokens.</summary>
internal static class FilmFolder
{
    /// <summary>Examples of a path.</summary>
    /// <param name="codecPath">A checkpoint, or the folder of a run.</param>
    /// <param name="images">Single frames behind each clip.</param>
    /// <param name="saved">Where latents of films may lie already; null: nowhere.</param>
    /// <exception cref="TinySoraException">What opening the codec may throw; NoQuantizer, NoPosterior; the errors of the files.</exception>
    public static LatentExamples Open(
        string codecPath, string path, LatentKind kind, FilmClipConfig clip, int images, bool takesText, SavedLatents? saved,
        IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        var codec = CodecModel.Open(codecPath);
        try
        {
            codec.Check(kind);
            var sampling = new FrameSampling(clip.Frames / codec.Codec.Stride.Frames, clip.FrameInterval, images);
            var channels = kind == LatentKind.Tokens ? 1 : codec.Codec.Channels;
            var films = Films(codec, path, kind, clip, saved, progress, cancellation);
            return new LatentExamples(films, sampling, channels, clip.ClipsPerVideo, takesText, kind == LatentKind.Moments);
        }
        catch
        {
            codec.Dispose();
            throw;
        }
    }

    /// <summary>How many examples a path has; of clips none is encoded for it.</summary>
    /// <param name="open">The examples of what was made of clips.</param>
    public static int Count(string path, FilmClipConfig clip, bool takesText, Func<IExamples> open)
    {
        if (ArrowFilms.Parts(path).Count == 0 && !LatentSource.Is(path))
        {
            return ClipReader.Find(path, clip.Films).Sum(source => takesText ? EncodedFilms.CaptionsOf(source.Path).Count : 1) * clip.ClipsPerVideo;
        }

        using var data = open();
        return data.Count;
    }

    private static ILatentFilms Films(
        CodecModel codec, string path, LatentKind kind, FilmClipConfig clip, SavedLatents? saved, IProgress<ItemProgress>? progress,
        CancellationToken cancellation)
    {
        // A model of single frames takes all of a film, however long it is.
        var shape = codec.ShapeOf(codec.TakesSingleFrames ? clip.SourceFrames : clip.Read, clip.Height, clip.Width ?? clip.Height);
        shape = shape with { CropsSquare = clip.CentreSquareCrop ?? shape.CropsSquare };
        if (ArrowFilms.Parts(path) is { Count: > 0 } parts)
        {
            return new ArrowFilms(
                parts, codec, kind, clip.Films, clip.VideoDir is string films ? names => Encoded(films, FilmChoice.All with { Names = names }) : null);
        }

        if (LatentSource.Is(path))
        {
            return new StoredFilms(path, codec, kind, clip);
        }

        // The films that a run is measured on bear the names of others.
        var found = saved is null || DatasetSplit.IsHeldOut(path) ? null : SavedFilms.Open(
            path, saved, codec, kind, clip, shape, names => Encoded(path, clip.Films with { Names = names }, mayBeEmpty: true), progress, cancellation);
        if (found is not null)
        {
            return found;
        }

        var encoded = Encoded(path, clip.Films);
        codec.Dispose(); // what it makes of the films is kept
        return encoded;

        EncodedFilms Encoded(string folder, FilmChoice choice, bool mayBeEmpty = false) =>
            new(LatentFolder.Open(codec, folder, kind, shape, progress, choice, mayBeEmpty, cancellation), kind, folder);
    }
}
