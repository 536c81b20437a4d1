using System.Diagnostics.CodeAnalysis;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Layers;
using TinySora.Engine.Models;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>The forms of an encoded clip.</summary>
public enum LatentKind
{
    /// <summary>Latents, the numbers that a decoder takes: (D, t, h, w).</summary>
    Latents,

    /// <summary>Mean and logarithm of the variance of the distribution that latents are drawn from, (2D, t, h, w).</summary>
    Moments,

    /// <summary>Tokens, indices into a codebook: (t, h, w).</summary>
    Tokens,
}

/// <summary>A checkpoint of an autoencoder that is loaded once. Its tensors are to be used on the engine thread.</summary>
public sealed class CodecModel : IDisposable
{
    /// <summary>The number of hexadecimal digits of the hash that tell models apart in the names of files.</summary>
    private const int IdLength = 12;

    /// <summary>The number of frames that a model of single frames takes at once, so that a long film fits into the memory.</summary>
    private const long FramesAtOnce = 16;

    private readonly LoadedModel model;

    private CodecModel(LoadedModel model)
    {
        (this.model, Codec) = (model, model.Codec());
        Hash = model.Hash; // now, for other threads may ask for it while the engine thread waits for them
    }

    public CheckpointInfo Checkpoint => model.Checkpoint;

    /// <summary>Floating-point operations that its training took; null: its checkpoint does not tell.</summary>
    public double? Flops => Checkpoint.Tflop * FlopCounter.Tera;

    public Device Device => model.Device;

    public IClipCodec Codec { get; }

    /// <inheritdoc cref="LoadedModel.Hash"/>
    public string Hash { get; }

    /// <summary>The beginning of the hash, which files of latents bear in their names.</summary>
    public string Id => IdOf(Hash);

    /// <summary>Whether the model was trained on single frames, and takes a clip frame by frame.</summary>
    public bool TakesSingleFrames => Codec.Shape.Frames == 1;

    /// <summary>Loads the averaged weights of a checkpoint, or of the newest readable one in a folder.</summary>
    /// <param name="device">auto, cpu, cuda or cuda:N.</param>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, Damaged and the like; NoCodec; NoSuchGpu.</exception>
    public static CodecModel Open(string checkpointFileOrFolder, string device = "auto") => EngineThread.Run(() =>
    {
        var model = LoadedModel.Open(checkpointFileOrFolder, device);
        return OnFailure.Dispose(model, () => new CodecModel(model));
    });

    /// <summary>The folders of runs of autoencoders, up to two levels below a folder, by name.</summary>
    public static IEnumerable<string> RunsBelow(string folder) => ResultsFolder.Below(folder).Order(StringComparer.Ordinal)
        .Where(run => IsIn(CheckpointStore.NewestReadable(run)));

    /// <summary>Whether a checkpoint is an autoencoder's; false for null.</summary>
    public static bool IsIn([NotNullWhen(true)] CheckpointInfo? checkpoint) =>
        checkpoint is not null && ModelFamilies.Find(checkpoint.Family)?.IsAutoencoder == true;

    /// <summary>The beginning of any hash.</summary>
    internal static string IdOf(string hash) => hash[..Math.Min(IdLength, hash.Length)].ToLowerInvariant();

    /// <summary>Whether an id in the name of a file is the beginning of a hash, and not a name that somebody gave.</summary>
    internal static bool IsId(string id) => id.Length == IdLength && id.All(char.IsAsciiHexDigitLower);

    /// <summary>
    /// Whether an id in the name of a file of latents is this model's: the beginning of its hash, or as its checkpoint's file or folder is called,
    /// because minisora names such files after its models.
    /// </summary>
    public bool IsCalled(string id) => id == Id || id == LatentName.IdOf(Path.GetFileNameWithoutExtension(Checkpoint.Path))
        || id == LatentName.IdOf(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(Checkpoint.Path))!));

    /// <summary>The shape that clips are brought to, in the way in which those were that it was trained on; shorter ones are left out.</summary>
    /// <param name="frames">null: as many as it was trained on, of a model of single frames all; so are height and width.</param>
    /// <exception cref="TinySoraException">NotDivisible.</exception>
    public ClipShape ShapeOf(int? frames, int? height, int? width)
    {
        var trained = Codec.Shape;
        var shape = new ClipShape(trained.Channels, frames ?? (TakesSingleFrames ? ClipReader.AllFrames : trained.Frames), height ?? trained.Height)
        {
            Width = width ?? height ?? trained.Width, IsPlain = trained.IsPlain, CropsSquare = trained.CropsSquare,
        };
        Codec.Stride.Check(shape.Frames == ClipReader.AllFrames ? Codec.Stride.Frames : shape.Frames, shape.Height, shape.Width);
        return shape;
    }

    /// <summary>The latents of clips, see <see cref="IClipCodec.Encode"/>.</summary>
    public Tensor Encode(Tensor clips) => InPieces(clips, Codec.Stride.Frames, Codec.Encode);

    /// <inheritdoc cref="IClipCodec.Moments"/>
    public Tensor Moments(Tensor clips) => InPieces(clips, Codec.Stride.Frames, Codec.Moments);

    /// <inheritdoc cref="IClipCodec.Tokens"/>
    public Tensor Tokens(Tensor clips) => InPieces(clips, Codec.Stride.Frames, Codec.Tokens, 1);

    /// <summary>The latents, tokens or moments of clips.</summary>
    /// <exception cref="TinySoraException">NoQuantizer, NoPosterior.</exception>
    public Tensor Make(LatentKind kind, Tensor clips)
    {
        Check(kind);
        return kind switch
        {
            LatentKind.Tokens => Tokens(clips),
            LatentKind.Moments => Moments(clips),
            _ => Encode(clips),
        };
    }

    /// <summary>Checks that the model has what is asked for.</summary>
    /// <exception cref="TinySoraException">NoQuantizer, NoPosterior.</exception>
    public void Check(LatentKind kind)
    {
        if (kind == LatentKind.Tokens && Codec.Codes is null)
        {
            throw LatentErrors.NoQuantizer(Checkpoint.Path);
        }

        if (kind == LatentKind.Moments && !Codec.HasPosterior)
        {
            throw LatentErrors.NoPosterior(Checkpoint.Path);
        }
    }

    /// <summary>The clips that latents are decoded to, within [0, 1].</summary>
    public Tensor Decode(Tensor latents) => InPieces(latents, 1, Codec.Decode).clamp(0, 1);

    /// <summary>Latents as the Latte tutorial shows them: three channels for colours, each place as large as what it stands for.</summary>
    public Tensor Shown(Tensor latents)
    {
        var (colours, stride) = (latents.narrow(1, 0, latents.size(1) >= 3 ? 3 : 1), Codec.Stride);
        return colours.repeat_interleave(stride.Frames, 2).repeat_interleave(stride.Height, 3).repeat_interleave(stride.Width, 4);
    }

    public void Dispose() => model.Dispose();

    /// <param name="along">The axis of the result's frames.</param>
    private Tensor InPieces(Tensor x, long stride, Func<Tensor, Tensor> part, long along = 2)
    {
        using var nothing = no_grad();
        var piece = FramesAtOnce * stride;
        var frames = x.size(2);
        if (!TakesSingleFrames || frames <= piece)
        {
            return part(x);
        }

        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (var first = 0L; first < frames; first += piece)
        {
            parts.Add(part(x.narrow(2, first, Math.Min(piece, frames - first))));
        }

        return cat(parts, along).MoveToOuterDisposeScope();
    }
}
