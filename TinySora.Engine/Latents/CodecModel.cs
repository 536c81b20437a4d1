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

/// <summary>Forms that an encoded clip can have.</summary>
public enum LatentKind
{
    /// <summary>Latents, the decoder's input: (D, t, h, w).</summary>
    Latents,

    /// <summary>Mean and log-variance of the posterior that latents are drawn from, (2D, t, h, w).</summary>
    Moments,

    /// <summary>Tokens, indices into the codebook: (t, h, w).</summary>
    Tokens,
}

/// <summary>An autoencoder loaded from a checkpoint. Use its tensors on the engine thread.</summary>
public sealed class CodecModel : IDisposable
{
    /// <summary>Number of hexadecimal digits of the hash that identify the model in file names.</summary>
    private const int IdLength = 12;

    /// <summary>Number of frames that a single-frame model processes at a time, so that a long video fits into memory.</summary>
    private const long FramesAtOnce = 16;

    private readonly LoadedModel model;

    private CodecModel(LoadedModel model)
    {
        (this.model, Codec) = (model, model.Codec());
        Hash = FixedEncoder.FindLatentsOf(model.Task, model.Hash); // Computed now, because other threads may read it while the engine thread waits for them.
        ModelHash = model.Hash;
    }

    public CheckpointInfo Checkpoint => model.Checkpoint;

    /// <summary>Number of floating-point operations spent on training the model; <c>null</c> if the checkpoint does not contain it.</summary>
    public double? Flops => Checkpoint.Tflop * FlopCounter.Tera;

    public Device Device => model.Device;

    public IClipCodec Codec { get; }

    /// <summary>Identifies the latents: the hash of this autoencoder, or of another one with the same encoder if only the decoder was trained since.</summary>
    public string Hash { get; }

    /// <inheritdoc cref="LoadedModel.Hash"/>
    public string ModelHash { get; }

    /// <summary>Model ID in the names of latent files: the beginning of the hash.</summary>
    public string Id => IdOf(Hash);

    /// <summary>Whether the model was trained on single frames and processes a clip frame by frame.</summary>
    public bool TakesSingleFrames => Codec.Shape.Frames == 1;

    /// <summary>Loads the averaged weights of a checkpoint, or of the newest readable checkpoint in a folder.</summary>
    /// <param name="device">auto, cpu, cuda or cuda:N.</param>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, Damaged and similar; NoCodec; NoSuchGpu.</exception>
    public static CodecModel Open(string checkpointFileOrFolder, string device = "auto") => EngineThread.Run(() =>
    {
        var model = LoadedModel.Open(checkpointFileOrFolder, device);
        return OnFailure.Dispose(model, () => new CodecModel(model));
    });

    /// <summary>Returns the run folders of autoencoders up to two levels below a folder, sorted by name.</summary>
    public static IEnumerable<string> RunsBelow(string folder) => ResultsFolder.Below(folder).Order(StringComparer.Ordinal)
        .Where(run => IsIn(CheckpointStore.NewestReadable(run)));

    /// <summary>Returns whether a checkpoint contains an autoencoder; false for <c>null</c>.</summary>
    public static bool IsIn([NotNullWhen(true)] CheckpointInfo? checkpoint) =>
        checkpoint is not null && ModelFamilies.Find(checkpoint.Family)?.IsAutoencoder == true;

    /// <summary>Returns the model ID: the beginning of a hash.</summary>
    internal static string IdOf(string hash) => hash[..Math.Min(IdLength, hash.Length)].ToLowerInvariant();

    /// <summary>Returns whether an ID from a file name is the beginning of a hash, not a name that a user chose.</summary>
    internal static bool IsId(string id) => id.Length == IdLength && id.All(char.IsAsciiHexDigitLower);

    /// <summary>
    /// Returns whether an ID from the name of a latent file refers to this model: it is the beginning of the model's hash, or the name of the checkpoint's file
    /// or folder, because minisora names latent files after its models.
    /// </summary>
    public bool IsCalled(string id) => id == Id || id == LatentName.IdOf(Path.GetFileNameWithoutExtension(Checkpoint.Path))
        || id == LatentName.IdOf(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(Checkpoint.Path))!));

    /// <summary>Returns the shape that clips are scaled and cropped to, by the method used in training; shorter clips are skipped.</summary>
    /// <param name="frames">Number of frames; <c>null</c> for the number that the model was trained on, or for all frames if the model encodes single frames.
    /// Likewise, height and width default to the trained size.</param>
    /// <exception cref="TinySoraException">NotDivisible.</exception>
    public ClipShape ShapeOf(int? frames, int? height, int? width)
    {
        var trained = Codec.Shape;
        var shape = new ClipShape(trained.Channels, frames ?? (TakesSingleFrames ? ClipReader.AllFrames : trained.Frames), height ?? trained.Height)
        {
            Width = width ?? height ?? trained.Width, IsAsPublished = trained.IsAsPublished, CropsSquare = trained.CropsSquare,
        };
        Codec.Stride.Check(shape.Frames == ClipReader.AllFrames ? Codec.Stride.Frames : shape.Frames, shape.Height, shape.Width);
        return shape;
    }

    /// <summary>Encodes clips to latents, see <see cref="IClipCodec.Encode"/>.</summary>
    public Tensor Encode(Tensor clips) => InPieces(clips, Codec.Stride.Frames, Codec.Encode);

    /// <inheritdoc cref="IClipCodec.Moments"/>
    public Tensor Moments(Tensor clips) => InPieces(clips, Codec.Stride.Frames, Codec.Moments);

    /// <inheritdoc cref="IClipCodec.Tokens"/>
    public Tensor Tokens(Tensor clips) => InPieces(clips, Codec.Stride.Frames, Codec.Tokens, 1);

    /// <summary>Encodes clips to latents, tokens or moments, depending on the kind.</summary>
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

    /// <summary>Checks that the model can produce a kind of latents.</summary>
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

    /// <summary>Decodes latents to clips in [0, 1].</summary>
    public Tensor Decode(Tensor latents) => InPieces(latents, 1, Codec.Decode).clamp(0, 1);

    /// <summary>Renders latents as in the Latte tutorial: three channels become RGB, and each position is enlarged to the pixels that it covers.</summary>
    public Tensor Visualize(Tensor latents)
    {
        var (colors, stride) = (latents.narrow(1, 0, latents.size(1) >= 3 ? 3 : 1), Codec.Stride);
        return colors.repeat_interleave(stride.Frames, 2).repeat_interleave(stride.Height, 3).repeat_interleave(stride.Width, 4);
    }

    public void Dispose() => model.Dispose();

    /// <param name="along">Frame axis of the result.</param>
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
