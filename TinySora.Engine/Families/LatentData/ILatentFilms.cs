using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentData;

internal interface ILatentFilms : IDisposable
{
    CodecTraits Codec { get; }

    IReadOnlyList<string> Names { get; }

    /// <summary>The captions of each film: at least one, which is null where the film has none.</summary>
    IReadOnlyList<IReadOnlyList<string?>> Captions { get; }

    /// <summary>A text that is equal exactly if the latents are the same.</summary>
    string Fingerprint { get; }

    IReadOnlyList<DataNote> Notes { get; }

    int Skipped => 0;

    /// <summary>
    /// A film's latents on the CPU, (D, t, h, w) float32, or (2D, t, h, w) where they are drawn from a distribution, or its tokens (1, t, h, w)
    /// int64. The caller disposes them.
    /// </summary>
    Tensor Read(int film);

    /// <summary>The path next to which a film's text file lies; `null` if its captions come from elsewhere.</summary>
    string? PathOf(int film) => null;

    /// <summary>The states (L, width) of a film's text, float32 on the CPU; null: it has captions.</summary>
    /// <param name="caption">Which of its captions.</param>
    Tensor? States(int film, int caption) => null;
}

/// <summary>Films of a folder that were encoded once, see <see cref="LatentFolder"/>, with the captions that lie beside them.</summary>
internal sealed class EncodedFilms : ILatentFilms
{
    private readonly LatentFolder latents;
    private readonly bool isTokens;
    private readonly string folder;

    /// <param name="latents">Disposed with this.</param>
    public EncodedFilms(LatentFolder latents, CodecTraits codec, LatentKind kind, string folder)
    {
        Codec = codec;
        (this.latents, isTokens, this.folder) = (latents, kind == LatentKind.Tokens, folder);
        Captions = [.. Enumerable.Range(0, latents.Count).Select(film => CaptionsOf(PathOf(film)))];
        Notes =
        [
            new($"Found {latents.Count} clips in '{folder}', each encoded once.", IsWarning: false),
            .. latents.Note is string note ? [new(note, IsWarning: true)] : Array.Empty<DataNote>(),
            .. latents.Skipped.Select(skipped => new DataNote($"{skipped}", IsWarning: true)),
        ];
    }

    public CodecTraits Codec { get; }
    public IReadOnlyList<string> Names => latents.Names;
    public IReadOnlyList<IReadOnlyList<string?>> Captions { get; }
    public string Fingerprint => latents.Fingerprint;
    public IReadOnlyList<DataNote> Notes { get; }
    public int Skipped => latents.Skipped.Count;

    public Tensor Read(int film)
    {
        using var scope = NewDisposeScope();
        var values = latents.Read(film);
        return (isTokens ? values : values.squeeze(0)).MoveToOuterDisposeScope();
    }

    public string PathOf(int film) => Path.Combine(folder, Names[film]);

    /// <summary>The captions of a film: at least one, which is null where it has none.</summary>
    internal static IReadOnlyList<string?> CaptionsOf(string clip) => [.. CaptionFile.Require(clip).Captions.DefaultIfEmpty<string?>(null)];

    public void Dispose() => latents.Dispose();
}
