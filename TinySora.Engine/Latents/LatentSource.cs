using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>Latents or tokens in files, of this program or of others, read when they are asked for; nothing in them is executed.</summary>
public abstract class LatentSource : IDisposable
{
    /// <summary>Only Arrow datasets have it.</summary>
    internal const string StateFile = "state.json";

    private const int FingerprintBytes = 1 << 16;

    private readonly CodecModel model;

    private protected LatentSource(string path, CodecModel model) => (Path, this.model) = (path, model);

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    public abstract int Count { get; }

    /// <summary>Of a distribution both parts are read, and not its means alone.</summary>
    public bool KeepsMoments { get; set; }

    /// <summary>Names, lengths and beginnings of the files: another as a rule if the latents are others.</summary>
    public string Fingerprint => FingerprintOf(Path);

    /// <summary>Whether a path is one of what <see cref="Open"/> opens, and no folder of clips.</summary>
    public static bool Is(string path) => File.Exists(path) || File.Exists(System.IO.Path.Combine(path, StateFile)) || VideoLatents.Find(path).Count > 0;

    /// <summary>A .npy file, a folder with a file for each video, one such file, or an Arrow dataset.</summary>
    /// <param name="modelId">How a .npy file names the model; null: see <see cref="CodecModel.IsCalled"/>.</param>
    /// <exception cref="TinySoraException">Unusable, Nameless, OtherCodec, NoQuantizer, NoLatents; the errors of the files.</exception>
    public static LatentSource Open(string path, CodecModel model, string? modelId = null)
    {
        if (path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            return new NpyLatents(path, model, modelId is null ? null : LatentName.IdOf(modelId));
        }

        if (path.EndsWith(".arrow", StringComparison.OrdinalIgnoreCase) || File.Exists(System.IO.Path.Combine(path, StateFile)))
        {
            return new ArrowLatents(path, model);
        }

        return VideoLatents.Find(path) is { Count: > 0 } files ? new VideoLatents(path, files, model) : throw LatentErrors.NoLatents(path);
    }

    /// <summary>Without folders and endings; what stands for a clip has no other name in a .npy file than its number.</summary>
    public abstract string NameOf(int index);

    /// <summary>The file that a clip's are in.</summary>
    internal virtual string FileOf(int index) => Path;

    /// <summary>Whether there are tokens, and no latents.</summary>
    public virtual bool HasTokens => false;

    /// <summary>Each clip has a length of its own.</summary>
    public virtual bool HasLengths => false;

    /// <summary>Frames, rows and columns of what stands for a clip; null: clips may be of any size.</summary>
    /// <exception cref="TinySoraException">The errors of the files.</exception>
    public virtual (long Frames, long Height, long Width)? SizeOf(int index) => null;

    /// <summary>What stands for a clip as the model decodes it, (1, D, t, h, w) on its device.</summary>
    /// <exception cref="TinySoraException">Unusable, OtherCodec, NotFinite, TokenTooLarge; the errors of the files.</exception>
    public abstract Tensor Read(int index);

    /// <summary>The tokens that stand for a clip, (1, t, h, w) int64 on the CPU.</summary>
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

    /// <summary>The vectors of tokens (1, t, h, w).</summary>
    private protected Tensor Vectors(int index)
    {
        using var scope = NewDisposeScope();
        return model.Codec.Vectors(ReadTokens(index).to(model.Device)).MoveToOuterDisposeScope();
    }

    /// <summary>Tokens of any whole numbers as int64, each of which stands for a code.</summary>
    private protected Tensor Tokens(string file, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var codes = model.Codec.Codes!.Value;
        var whole = tokens.to(ScalarType.Int64);
        var wrong = (whole.ge(codes).sum() + whole.lt(0).sum()).item<long>();
        return wrong == 0 ? whole.MoveToOuterDisposeScope() : throw LatentErrors.TokenTooLarge(file, wrong, whole.max().item<long>(), codes);
    }

    /// <summary>Latents (1, D, t, h, w), or of moments (1, 2D, t, h, w) the means.</summary>
    private protected Tensor Latents(string file, Tensor values, int index)
    {
        var channels = model.Codec.Channels;
        var found = values.size(1);
        if (found != channels && !(model.Codec.HasPosterior && found == 2 * channels))
        {
            var expected = model.Codec.HasPosterior ? $"{channels}, or {2 * channels} of moments" : $"{channels}";
            throw LatentErrors.Unusable(file, $"has latents of {found} channels", $"the {expected} of '{model.Checkpoint.Path}'");
        }

        if (!values.isfinite().all().item<bool>())
        {
            throw LatentErrors.NotFinite(file, NameOf(index));
        }

        return values.narrow(1, 0, KeepsMoments ? found : channels).to(ScalarType.Float32).to(model.Device);
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
