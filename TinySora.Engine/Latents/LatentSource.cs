using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>Latents or tokens in files, of this program or of others, read when they are asked for; nothing in them is executed.</summary>
public abstract class LatentSource : IDisposable
{
    /// <summary>The file beside an Arrow dataset that describes it.</summary>
    internal const string StateFile = "state.json";

    private const int FingerprintBytes = 1 << 16;

    private readonly CodecModel? model;

    /// <summary>What the files say of the model, where it is not there.</summary>
    private CodecTraits? traits;

    private protected LatentSource(string path, CodecModel? model) => (Path, this.model) = (path, model);

    /// <summary>The file or folder of the latents.</summary>
    public string Path { get; }

    public abstract int Count { get; }

    /// <summary>Whether means and deviations of a posterior are read, and not its means alone.</summary>
    public bool KeepsMoments { get; set; }

    /// <summary>A hash over names, lengths and first bytes of the files; it differs if the latents do, with rare exceptions.</summary>
    public string Fingerprint => FingerprintOf(Path);

    /// <summary>Whether a path is one of what <see cref="Open"/> opens, and no folder of clips.</summary>
    public static bool Is(string path) => File.Exists(path) || ArrowLatents.Parts(path).Count > 0 || VideoLatents.Find(path).Count > 0;

    /// <summary>What a path stands for: of a folder the .npy files of latents in it, where there are some; else itself.</summary>
    public static IReadOnlyList<string> In(string path) =>
        Directory.Exists(path) && Directory.GetFiles(path, "*.npy").Where(LatentName.IsOne).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } files
            ? [.. files, .. Is(path) ? (string[])[path] : []]
            : [path];

    /// <summary>A .npy file, a folder with a file for each video, one such file, or an Arrow dataset, or a folder of some.</summary>
    /// <param name="model">Null: it is not there, and nothing can be decoded; see <see cref="Guess"/>.</param>
    /// <param name="modelId">How a .npy file names the model; null: see <see cref="CodecModel.IsCalled"/>.</param>
    /// <exception cref="TinySoraException">Unusable, Nameless, OtherCodec, NoQuantizer, NoLatents, Empty; the errors of the files.</exception>
    public static LatentSource Open(string path, CodecModel? model, string? modelId = null)
    {
        var source = OfFormat(path, model, modelId);
        return OnFailure.Dispose(source, () => source.Count > 0 ? source : throw LatentErrors.Empty(path));
    }

    private static LatentSource OfFormat(string path, CodecModel? model, string? modelId)
    {
        if (path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            return new NpyLatents(path, model, modelId is null ? null : LatentName.IdOf(modelId));
        }

        if ((path.EndsWith(".arrow", StringComparison.OrdinalIgnoreCase) ? [path] : ArrowLatents.Parts(path)) is { Count: > 0 } parts)
        {
            return new ArrowLatents(path, parts, model);
        }

        return VideoLatents.Find(path) is { Count: > 0 } files ? new VideoLatents(path, files, model) : throw LatentErrors.NoLatents(path);
    }

    /// <summary>What is known of the model where it is not there: what the files say, and for the rest how large their clips were.</summary>
    /// <param name="clip">In frames, rows and columns of pixels.</param>
    /// <exception cref="TinySoraException">NoStride; the errors of the files.</exception>
    internal CodecTraits Guess((int Frames, int Height, int Width) clip) => traits = TraitsFor(clip);

    /// <inheritdoc cref="Guess"/>
    private protected abstract CodecTraits TraitsFor((int Frames, int Height, int Width) clip);

    /// <summary>The name of a clip without folders and endings. Clips in a .npy file have no other name than their number.</summary>
    public abstract string NameOf(int index);

    /// <summary>The file that holds a clip's latents or tokens.</summary>
    internal virtual string FileOf(int index) => Path;

    /// <summary>Whether the files hold tokens, and not latents.</summary>
    public virtual bool HasTokens => false;

    /// <summary>Whether each clip has a length of its own.</summary>
    public virtual bool HasLengths => false;

    /// <summary>Frames, rows and columns of a clip's latents or tokens; null: clips may be of any size.</summary>
    /// <exception cref="TinySoraException">The errors of the files.</exception>
    public virtual (long Frames, long Height, long Width)? SizeOf(int index) => null;

    /// <summary>A clip's latents, or the vectors of its tokens, as the model decodes them, (1, D, t, h, w) on its device.</summary>
    /// <exception cref="TinySoraException">Unusable, OtherCodec, NotFinite, TokenTooLarge; the errors of the files.</exception>
    public abstract Tensor Read(int index);

    /// <summary>A clip's tokens, (1, t, h, w) int64 on the CPU.</summary>
    /// <exception cref="TinySoraException">As <see cref="Read"/>; Unusable: there are latents.</exception>
    public virtual Tensor ReadTokens(int index) => throw LatentErrors.Unusable(Path, "holds latents", "tokens");

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>The codebook vectors of a clip's tokens, (1, D, t, h, w).</summary>
    private protected Tensor Vectors(int index)
    {
        using var scope = NewDisposeScope();
        return model!.Codec.Vectors(ReadTokens(index).to(model.Device)).MoveToOuterDisposeScope();
    }

    /// <summary>Tokens of any type of whole numbers as int64; all must be codes.</summary>
    private protected Tensor Tokens(string file, Tensor tokens) => Tokens(file, tokens, Codes);

    /// <summary>The number of codes in the codebook; null: not known.</summary>
    private protected int? Codes => model is null ? traits?.Codes : model.Codec.Codes;

    /// <param name="codes">Null: not known.</param>
    /// <exception cref="TinySoraException">TokenTooLarge.</exception>
    internal static Tensor Tokens(string file, Tensor tokens, int? codes)
    {
        using var scope = NewDisposeScope();
        var whole = tokens.to(ScalarType.Int64);
        var most = codes ?? int.MaxValue;
        var wrong = (whole.ge(most).sum() + whole.lt(0).sum()).item<long>();
        return wrong == 0 ? whole.MoveToOuterDisposeScope()
            : throw LatentErrors.TokenTooLarge(file, wrong, whole.min().item<long>(), whole.max().item<long>(), codes);
    }

    /// <summary>The largest token of a clip.</summary>
    private protected long Largest(int index)
    {
        using var scope = NewDisposeScope();
        return ReadTokens(index).max().item<long>();
    }

    /// <summary>Latents (1, D, t, h, w), or of moments (1, 2D, t, h, w) the means.</summary>
    private protected Tensor Latents(string file, Tensor values, int index)
    {
        var channels = model?.Codec.Channels ?? traits!.Channels;
        var mayHaveMoments = model?.Codec.HasPosterior ?? true;
        var found = values.size(1);
        if (found != channels && !(mayHaveMoments && found == 2 * channels))
        {
            var expected = mayHaveMoments ? $"{channels}, or {2 * channels} of moments" : $"{channels}";
            throw LatentErrors.Unusable(file, $"has latents of {found} channels", $"the {expected} of '{model?.Checkpoint.Path ?? NameOf(0)}'");
        }

        if (!values.isfinite().all().item<bool>())
        {
            throw LatentErrors.NotFinite(file, NameOf(index));
        }

        return values.narrow(1, 0, KeepsMoments ? found : channels).to(ScalarType.Float32).to(model?.Device ?? CPU);
    }

    /// <summary>How often a position of latents goes into a clip.</summary>
    /// <exception cref="TinySoraException">NoStride.</exception>
    internal static LatentStride StrideOf(
        string path, (long Frames, long Height, long Width) found, (int Frames, int Height, int Width) clip)
    {
        static bool Divides(long part, int whole) => part > 0 && whole % part == 0;
        return Divides(found.Frames, clip.Frames) && Divides(found.Height, clip.Height) && Divides(found.Width, clip.Width)
            ? new((int)(clip.Frames / found.Frames), (int)(clip.Height / found.Height), (int)(clip.Width / found.Width))
            : throw LatentErrors.NoStride(path, found, clip);
    }

    /// <inheritdoc cref="Fingerprint"/>
    internal static string FingerprintOf(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = File.Exists(path) ? [path] : Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        foreach (var name in files)
        {
            using var file = File.OpenRead(name);
            var start = new byte[Math.Min(FingerprintBytes, file.Length)];
            file.ReadExactly(start);
            hash.AppendData(Encoding.UTF8.GetBytes($"{System.IO.Path.GetFileName(name)}\0{file.Length}\0"));
            hash.AppendData(start);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
