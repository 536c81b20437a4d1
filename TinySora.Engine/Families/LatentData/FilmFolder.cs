using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Latents;

namespace TinySora.Engine.Families.LatentData;

/// <summary>Finds the films of a model over latents or tokens: clips that are encoded once, Arrow parts, or files of latents or tokens.</summary>
internal static class FilmFolder
{
    /// <param name="companion">May be missing where the path has what is wanted.</param>
    /// <param name="images">Single frames behind each clip.</param>
    /// <param name="saved">Where latents of films may lie already; null: nowhere.</param>
    /// <exception cref="TinySoraException">
    /// CodecMissing and what opening the codec may throw; NoQuantizer, NoPosterior, NoStride; the errors of the files.
    /// </exception>
    public static LatentExamples Open(
        CodecCompanion companion, string path, LatentKind kind, FilmClipConfig clip, int images, bool takesText, SavedLatents? saved,
        IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        var codec = companion.IsThere || !Has(path, kind, clip, saved) ? companion.Open() : null;
        return OnFailure.Dispose(codec, () =>
        {
            codec?.Check(kind);
            var films = Films(codec, path, kind, clip, saved, progress, cancellation);
            var sampling = new FrameSampling(clip.Frames / films.Codec.Stride.Frames, clip.FrameInterval, images);
            return new LatentExamples(films, sampling, kind, clip.ClipsPerVideo, takesText, codec is null ? companion.Absent(films.Codec) : null);
        });
    }

    /// <param name="folder">What a model is to be trained on, which may be in splits; null: the autoencoder is needed.</param>
    /// <exception cref="TinySoraException">CodecMissing, NoneInFolder; the errors of the files.</exception>
    public static void CheckCodec(CodecCompanion companion, string? folder, LatentKind kind, FilmClipConfig clip, SavedLatents? saved)
    {
        if (!companion.IsThere && !(folder is not null && Has(DatasetSplit.FolderOf(folder, DatasetSplit.Training), kind, clip, saved)))
        {
            throw companion.Missing();
        }
    }

    /// <summary>The traits of the autoencoder, or those that its data states where it is missing.</summary>
    /// <inheritdoc cref="CheckCodec"/>
    public static CodecTraits Codec(CodecCompanion companion, string? folder, LatentKind kind, FilmClipConfig clip, SavedLatents? saved)
    {
        CheckCodec(companion, folder, kind, clip, saved);
        if (companion.IsThere)
        {
            using var codec = companion.Open();
            codec.Check(kind);
            return CodecTraits.Of(codec);
        }

        using var films = Films(null, DatasetSplit.FolderOf(folder!, DatasetSplit.Training), kind, clip, saved, null, CancellationToken.None);
        return films.Codec;
    }

    /// <summary>The number of examples of a path; no clip is encoded for it.</summary>
    /// <param name="open">The examples of what was made of clips.</param>
    public static int Count(string path, FilmClipConfig clip, bool takesText, Func<IExamples> open)
    {
        if (!LatentSource.Is(path))
        {
            return ClipReader.Find(path, clip.Films).Sum(source => takesText ? EncodedFilms.CaptionsOf(source.Path).Count : 1) * clip.ClipsPerVideo;
        }

        using var data = open();
        return data.Count;
    }

    /// <summary>Whether the path has exactly what is wanted, so that no autoencoder is needed. Latents of tokens need one.</summary>
    private static bool Has(string path, LatentKind kind, FilmClipConfig clip, SavedLatents? saved)
    {
        if (ArrowLatents.Parts(path) is { Count: > 0 } parts)
        {
            return kind == LatentKind.Tokens && ArrowFilms.HaveTokens(parts);
        }

        if (!LatentSource.Is(path))
        {
            return saved is not null && !DatasetSplit.IsHeldOut(path) && saved.HaveAll(path, clip.Films);
        }

        using var source = LatentSource.Open(path, null);
        return kind == LatentKind.Tokens || !source.HasTokens;
    }

    /// <param name="codec">Null: it is not there, and the path has what is wanted.</param>
    private static ILatentFilms Films(
        CodecModel? codec, string path, LatentKind kind, FilmClipConfig clip, SavedLatents? saved, IProgress<ItemProgress>? progress,
        CancellationToken cancellation)
    {
        // A model of single frames takes all of a film, however long it is.
        var shape = codec?.ShapeOf(codec.TakesSingleFrames ? clip.SourceFrames : clip.Read, clip.Height, clip.Width ?? clip.Height) ?? default;
        shape = shape with { CropsSquare = clip.CentreSquareCrop ?? shape.CropsSquare };
        if (ArrowLatents.Parts(path) is { Count: > 0 } parts)
        {
            return new ArrowFilms(
                parts, codec, kind, clip, clip.VideoDir is string films ? names => Encoded(films, FilmChoice.All with { Names = names }) : null);
        }

        if (LatentSource.Is(path))
        {
            return new StoredFilms(path, codec, kind, clip);
        }

        // The films that a run is measured on bear the names of others.
        var found = saved is null || DatasetSplit.IsHeldOut(path) ? null : SavedFilms.Open(
            path, saved, codec, kind, clip, shape, (names, mayBeEmpty) => Encoded(path, clip.Films with { Names = names }, mayBeEmpty),
            progress, cancellation);
        if (found is not null)
        {
            return found;
        }

        var encoded = Encoded(path, clip.Films);
        codec!.Dispose(); // what it makes of the films is kept
        return encoded;

        EncodedFilms Encoded(string folder, FilmChoice choice, bool mayBeEmpty = false) => new(
            LatentFolder.Open(codec!, folder, kind, shape, progress, choice, mayBeEmpty, cancellation), CodecTraits.Of(codec!), kind, folder);
    }
}
