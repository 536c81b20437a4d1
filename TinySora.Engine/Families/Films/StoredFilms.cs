using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Data;
using TinySora.Engine.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.Films;

/// <summary>Latents or tokens that are in files already: a .npy file of minisora's, or a file for each film.</summary>
internal sealed class StoredFilms : ILatentFilms
{
    private readonly CodecModel codec;
    private readonly LatentSource source;
    private readonly LatentKind kind;

    /// <param name="path">See <see cref="LatentSource.Open"/>.</param>
    /// <param name="codec">Disposed with this.</param>
    public StoredFilms(string path, CodecModel codec, LatentKind kind)
    {
        (this.codec, this.kind) = (codec, kind);
        source = LatentSource.Open(path, codec);
        source.KeepsMoments = kind == LatentKind.Moments;
        Names = [.. Enumerable.Range(0, source.Count).Select(source.NameOf)];
        Captions = [.. Names.Select(name => EncodedFilms.CaptionsOf(Path.Combine(path, name + ".txt")))];
        Notes = [new($"Found {source.Count} clips in '{path}'.", IsWarning: false)];
    }

    public IReadOnlyList<string> Names { get; }

    public IReadOnlyList<IReadOnlyList<string?>> Captions { get; }

    public string Fingerprint => source.Fingerprint;

    public IReadOnlyList<DataNote> Notes { get; }

    public int Skipped => 0;

    public Tensor Read(int film)
    {
        using var scope = NewDisposeScope();
        return (kind == LatentKind.Tokens ? source.ReadTokens(film) : source.Read(film).squeeze(0)).cpu().MoveToOuterDisposeScope();
    }

    public Tensor? States(int film, int caption) => null;

    public void Dispose()
    {
        source.Dispose();
        codec.Dispose();
    }
}
