using TinySora.Engine.Data.Examples;
using TinySora.Engine.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.Films;

/// <summary>What a codec made of films, wherever it is kept.</summary>
internal interface ILatentFilms : IDisposable
{
    /// <summary>What made this of the films.</summary>
    CodecTraits Codec { get; }

    /// <summary>One per film.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Of each film, one at least, which is null where there is none.</summary>
    IReadOnlyList<IReadOnlyList<string?>> Captions { get; }

    /// <summary>Equal exactly if the latents are the same.</summary>
    string Fingerprint { get; }

    IReadOnlyList<DataNote> Notes { get; }

    int Skipped { get; }

    /// <summary>
    /// On the CPU (D, t, h, w) float32, (2D, t, h, w) where latents are drawn from a distribution, or tokens (1, t, h, w) int64. The caller
    /// disposes it.
    /// </summary>
    Tensor Read(int film);

    /// <summary>The states (L, width) of a film's text, float32 on the CPU; null: it has captions.</summary>
    /// <param name="caption">Which of its captions.</param>
    Tensor? States(int film, int caption);
}
