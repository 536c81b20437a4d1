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
