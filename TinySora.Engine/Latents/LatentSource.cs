using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>Latents or tokens in files from this or another program, which are read lazily and without executing code.</summary>
public abstract class LatentSource : IDisposable
{
    /// <summary>Name of the file that describes an Arrow dataset, in the dataset's folder.</summary>
    internal const string StateFile = "state.json";

    private const int FingerprintBytes = 1 << 16;

    private readonly CodecModel? model;

    /// <summary>Model traits inferred from the files, used if the model is missing.</summary>
    private CodecTraits? traits;

    private protected LatentSource(string path, CodecModel? model) => (Path, this.model) = (path, model);

    /// <summary>Path of the file or folder that contains the latents.</summary>
    public string Path { get; }

    public abstract int Count { get; }

    /// <summary>Whether to read both the means and the deviations of a posterior, instead of only the means.</summary>
    public bool KeepsMoments { get; set; }

    /// <summary>Hash over the names, lengths and first bytes of the files, which changes with the latents except in rare cases.</summary>
    public string Fingerprint => FingerprintOf(Path);

    /// <summary>Returns whether <see cref="Open"/> can open a path; a folder of clips cannot be opened.</summary>
    public static bool IsLatents(string path) => File.Exists(path) || ArrowLatents.Parts(path).Count > 0 || VideoLatents.Find(path).Count > 0;

    /// <summary>Returns the .npy latent files in a folder if there are any, otherwise the path itself.</summary>
    public static IReadOnlyList<string> In(string path) =>
        Directory.Exists(path) && Directory.GetFiles(path, "*.npy").Where(LatentName.IsOne).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } files
            ? [.. files, .. IsLatents(path) ? (string[])[path] : []]
            : [path];

    /// <summary>Opens a .npy file, a folder of per-video files, a single such file, an Arrow dataset, or a folder of Arrow datasets.</summary>
    /// <param name="model">The autoencoder; if it is <c>null</c>, latents cannot be decoded, see <see cref="InferTraits"/>.</param>
    /// <param name="modelId">Model ID in the name of a .npy file; <c>null</c> for the default, see <see cref="CodecModel.IsCalled"/>.</param>
    /// <exception cref="TinySoraException">Unusable, Nameless, OtherCodec, NoQuantizer, NoLatents, Empty; errors in reading the files.</exception>
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

    /// <summary>
    /// Infers the traits of a model whose checkpoint is missing. Uses the files or, if they do not contain the traits, the size of the original clips.
    /// </summary>
    /// <param name="clip">Frames, rows and columns in pixels.</param>
    /// <exception cref="TinySoraException">NoStride; errors in reading the files.</exception>
    internal CodecTraits InferTraits((int Frames, int Height, int Width) clip) => traits = TraitsFor(clip);

    /// <inheritdoc cref="InferTraits"/>
    private protected abstract CodecTraits TraitsFor((int Frames, int Height, int Width) clip);

    /// <summary>Returns the name of a clip without its folder and extension. The name of a clip in a .npy file is its index.</summary>
    public abstract string NameOf(int index);

    /// <summary>Returns the path of the file with a clip's latents or tokens.</summary>
    internal virtual string FileOf(int index) => Path;

    /// <summary>Returns the path of the video that a clip was cut from, relative to the clips' folder; <c>null</c> if it is not recorded.</summary>
    internal virtual string? SourceVideoOf(int index) => null;

    /// <summary>Whether the files contain tokens instead of latents.</summary>
    public virtual bool HasTokens => false;

    /// <summary>Whether clips may differ in length.</summary>
    public virtual bool HasLengths => false;

    /// <summary>Returns the number of frames, rows and columns of a clip's latents or tokens; <c>null</c> if clips may have any size.</summary>
    /// <exception cref="TinySoraException">Errors in reading the files.</exception>
    public virtual (long Frames, long Height, long Width)? SizeOf(int index) => null;

    /// <summary>
    /// Reads a clip's latents, or the codebook vectors of its tokens, in the form that the model decodes: (1, D, t, h, w) on the model's device.
    /// </summary>
    /// <exception cref="TinySoraException">Unusable, OtherCodec, NotFinite, TokenTooLarge; errors in reading the files.</exception>
    public abstract Tensor Read(int index);

    /// <summary>Reads a clip's tokens, (1, t, h, w) int64 on the CPU.</summary>
    /// <exception cref="TinySoraException">Errors from <see cref="Read"/>; Unusable if the files contain latents.</exception>
    public virtual Tensor ReadTokens(int index) => throw LatentErrors.Unusable(Path, "contains latents", "tokens");

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Returns the codebook vectors of a clip's tokens, (1, D, t, h, w).</summary>
    private protected Tensor Vectors(int index)
    {
        using var scope = NewDisposeScope();
        return model!.Codec.Vectors(ReadTokens(index).to(model.Device)).MoveToOuterDisposeScope();
    }

    /// <summary>Converts tokens of any integer type to int64 and checks that all are valid codes.</summary>
    private protected Tensor Tokens(string file, Tensor tokens) => Tokens(file, tokens, Codes);

    /// <summary>Size of the codebook; <c>null</c> if unknown.</summary>
    private protected int? Codes => model is null ? traits?.Codes : model.Codec.Codes;

    /// <param name="codes">Size of the codebook; <c>null</c> if unknown.</param>
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

    /// <summary>Returns the largest token of a clip.</summary>
    private protected long Largest(int index)
    {
        using var scope = NewDisposeScope();
        return ReadTokens(index).max().item<long>();
    }

    /// <summary>Returns latents (1, D, t, h, w); of moments (1, 2D, t, h, w), only the means.</summary>
    private protected Tensor Latents(string file, Tensor values, int index)
    {
        var channels = model?.Codec.Channels ?? traits!.Channels;
        var mayHaveMoments = model?.Codec.HasPosterior ?? true;
        var found = values.size(1);
        if (found != channels && !(mayHaveMoments && found == 2 * channels))
        {
            var expected = mayHaveMoments ? $"{channels}, or {2 * channels} for moments" : $"{channels}";
            throw LatentErrors.Unusable(file, $"has latents with {found} channels", $"the {expected} of '{model?.Checkpoint.Path ?? NameOf(0)}'");
        }

        if (!values.isfinite().all().item<bool>())
        {
            throw LatentErrors.NotFinite(file, NameOf(index));
        }

        return values.narrow(1, 0, KeepsMoments ? found : channels).to(ScalarType.Float32).to(model?.Device ?? CPU);
    }

    /// <summary>Computes the stride from the sizes of a clip and its latents.</summary>
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
