using System.IO.Hashing;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>Writes the latents or tokens of clips to files that other programs can read.</summary>
public sealed class LatentExport
{
    /// <summary>Name of the only tensor in the latent file of a video. The constants below are keys of the file's metadata.</summary>
    internal const string Moments = "moments";
    internal const string CodecKey = "codec";
    internal const string TraitsKey = "traits";
    internal const string SourceVideoKey = "source_video";
    private const string SourceKey = "source";

    /// <summary>Metadata key for the hash of the moments, which shows whether a file was changed after the export.</summary>
    private const string ContentKey = "content";
    private const string Ending = ".safetensors";

    private readonly CodecModel model;
    private readonly LatentExportOptions options;
    private readonly ClipShape shape;
    private readonly string folder;
    private readonly Action<SkippedClip> report;
    private readonly IProgress<ItemProgress>? progress;
    private readonly CancellationToken cancellation;

    private LatentExport(
        CodecModel model, LatentExportOptions options, Action<SkippedClip> report, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        (this.model, this.options, this.report, this.progress, this.cancellation) = (model, options, report, progress, cancellation);
        folder = DatasetSplit.FolderOf(options.DataPath, DatasetSplit.Training);
        int? most = options.Format == LatentFormat.PerVideo ? ClipReader.AllFrames : null;
        shape = model.ShapeOf(options.Frames ?? most, options.Height, options.Width);
        shape = shape with { CropsSquare = options.CropsSquare ?? shape.CropsSquare };
        if (options.Tokens)
        {
            model.Check(LatentKind.Tokens);
        }

        if (options.Format == LatentFormat.PerVideo || (options.SampleSeed is not null && !options.Tokens))
        {
            model.Check(LatentKind.Moments);
        }
    }

    private string ModelId => options.ModelId is null ? model.Id : LatentName.IdOf(options.ModelId);

    /// <summary>Path of the file that a .npy export writes.</summary>
    private string NpyPath
    {
        get
        {
            var split = folder == options.DataPath ? DatasetSplit.Training : Path.GetFileName(folder);
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataPath)));
            var kind = options.Tokens ? LatentKind.Tokens : LatentKind.Latents;
            return Path.Combine(options.OutputPath, LatentName.Of(name, ModelId, kind, shape.Frames, split));
        }
    }

    /// <summary>Checks all inputs except the clips immediately, and writes the files while the result is enumerated; yields one record per file.</summary>
    /// <param name="report">Receives the clips that cannot be encoded.</param>
    /// <exception cref="TinySoraException">
    /// NotDivisible, NoQuantizer, NoPosterior, FramesNeeded; the folder is missing or has no clips; a file from another source exists.
    /// </exception>
    public static IEnumerable<ExportedLatents> Write(
        CodecModel model, LatentExportOptions options, Action<SkippedClip> report, IProgress<ItemProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        return options.Format == LatentFormat.PerVideo
            ? WritePerVideo(model, options, report, progress, cancellation)
            : new LatentExport(model, options, report, progress, cancellation).WriteNpy();
    }

    /// <summary>Writes one file per video. The format in <paramref name="options"/> must be <see cref="LatentFormat.PerVideo"/>.</summary>
    /// <inheritdoc cref="Write"/>
    internal static IEnumerable<ExportedLatents> WritePerVideo(
        CodecModel model, LatentExportOptions options, Action<SkippedClip> report, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        new LatentExport(model, options, report, progress, cancellation).WritePerVideo();

    /// <summary>
    /// Returns whether a latent file may belong to a video, judging by the video file length that it contains; true if it does not contain a length.
    /// </summary>
    /// <exception cref="TinySoraException">The file is corrupt.</exception>
    internal static bool MayBeOf(string path, ClipSource video) =>
        !path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase)
        || SafetensorsFile.ReadMetadata(path).GetValueOrDefault(SourceKey) is not string said
        || said.StartsWith(FormattableString.Invariant($"{video.Length} "), StringComparison.Ordinal);

    private IEnumerable<ExportedLatents> WriteNpy()
    {
        if (shape.Frames == ClipReader.AllFrames)
        {
            throw LatentErrors.FramesNeeded(model.Checkpoint.Path);
        }

        var path = NpyPath;
        return !options.Force && File.Exists(path) ? throw DataErrors.OutputExists(path) : Write();

        IEnumerable<ExportedLatents> Write()
        {
            var quantizes = model.Codec.Codes is not null;
            var kept = quantizes ? LatentKind.Tokens : model.Codec.HasPosterior ? LatentKind.Moments : LatentKind.Latents;
            using var latents = LatentFolder.Open(model, folder, kept, shape, progress, cancellation: cancellation);
            foreach (var skipped in latents.Skipped)
            {
                report(skipped);
            }

            long[] entry = options.Tokens ? [.. latents.Shape] : [model.Codec.Channels, .. latents.Shape.TakeLast(3)];
            CreateFolder(options.OutputPath);
            using var writer = NpyWriter.Create(path, options.Tokens ? ScalarType.Int64 : ScalarType.Float32, entry);
            for (var i = 0; i < latents.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                EngineThread.Run(() => Add(writer, latents, i, kept));
            }

            writer.Complete(overwrite: options.Force);
            yield return new ExportedLatents(
                path, options.Tokens ? LatentKind.Tokens : LatentKind.Latents, latents.Count, Words([latents.Count, .. entry]), ModelId,
                model.Checkpoint.Path, [.. latents.Skipped]);
        }
    }

    private void Add(NpyWriter writer, LatentFolder latents, int index, LatentKind kept)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var stored = latents.Read(index);
        writer.Add(kept switch
        {
            _ when options.Tokens => stored,
            LatentKind.Tokens => model.Codec.Vectors(stored.to(model.Device)),
            LatentKind.Moments => Draw(stored, index),
            _ => stored,
        });
    }

    /// <summary>Returns the means, or latents drawn from the posterior; the drawn latents depend only on the seed and the clip's index.</summary>
    private Tensor Draw(Tensor moments, int index)
    {
        var parts = moments.chunk(2, 1);
        if (options.SampleSeed is not long seed)
        {
            return parts[0];
        }

        using var generator = new Generator(unchecked((ulong)SplitMix64.Mix(seed, index)));
        return parts[0] + ((parts[1] / 2).exp() * randn(parts[0].shape, generator: generator));
    }

    private IEnumerable<ExportedLatents> WritePerVideo()
    {
        var sources = ClipReader.Find(folder, options.Videos);
        var states = sources.Select(StateOf).ToList();
        if (!options.Force && states.IndexOf(false) is var other and >= 0)
        {
            throw LatentErrors.OtherCodec(TargetOf(sources[other]), CodecOf(TargetOf(sources[other])), model.Id);
        }

        var changed = sources.Where((_, i) => states[i] is null).Select(TargetOf).FirstOrDefault(path => !options.Force && File.Exists(path) && !IsOwn(path));
        if (changed is not null)
        {
            throw DataErrors.OutputExists(changed);
        }

        var missing = sources.Where((_, i) => states[i] != true).ToList();
        string[] names = [.. missing.Select(source => source.Name)];
        var byName = missing.Zip(CutClips.FindSources(folder, names)).ToDictionary(found => found.First.Name, StringComparer.Ordinal);
        return Write();

        IEnumerable<ExportedLatents> Write()
        {
            ClipReader.FindUnread(folder, options.Videos, cancellation).ToList().ForEach(report);
            var done = sources.Count - missing.Count;
            for (var i = 0; i < sources.Count; i++)
            {
                if (states[i] == true)
                {
                    yield return Describe(TargetOf(sources[i]));
                }
            }

            foreach (var clip in ClipReader.ReadAll(missing, shape, model.Codec.Stride.Frames, report, cancellation))
            {
                var (source, video) = byName[clip.Name];
                CreateFolder(Path.GetDirectoryName(TargetOf(source))!);
                EngineThread.Run(() => WriteVideo(clip, source, video));
                progress?.Report(new ItemProgress(++done, sources.Count, clip.Path));
                yield return Describe(TargetOf(source));
            }
        }
    }

    private void WriteVideo(ClipReader.ReadClip clip, ClipSource source, string video)
    {
        using var scope = NewDisposeScope();
        var moments = model.Moments(clip.ToTensor(model.Device)).squeeze(0).permute(1, 0, 2, 3).contiguous(); // (n, 2z, h, w)
        var metadata = new Dictionary<string, string>
        {
            [CodecKey] = model.Hash, [TraitsKey] = $"{CodecTraits.Of(model)}", [SourceKey] = Version(source), [ContentKey] = HashOf(moments),
            [SourceVideoKey] = video,
        };
        var path = TargetOf(source);
        SafetensorsFile.Write(path, metadata, [(Moments, moments)], overwrite: options.Force || (File.Exists(path) && IsOwn(path)));
    }

    /// <summary>Returns whether a file is unchanged since its export. Files from earlier versions do not contain a hash.</summary>
    private static bool IsOwn(string path) => OnFailure.Recover(false, () =>
    {
        using var file = SafetensorsFile.Open(path);
        return file.Metadata.TryGetValue(ContentKey, out var content) && file.Tensors.TryGetValue(Moments, out var moments)
            && file.Tensors.Count == 1 && EngineThread.Run(() => content == HashOf(moments));
    });

    private static string HashOf(StoredTensor moments)
    {
        using var tensor = moments.Read();
        return HashOf(tensor);
    }

    private static string HashOf(Tensor moments)
    {
        var hash = new XxHash128();
        TensorBytes.Write(moments, hash.Append);
        return Convert.ToHexString(hash.GetCurrentHash());
    }

    /// <summary>Returns true if the video's latent file is up to date, false if it belongs to another model, and <c>null</c> if it must be written.</summary>
    private bool? StateOf(ClipSource source)
    {
        var path = TargetOf(source);
        if (options.Force || !File.Exists(path))
        {
            return null;
        }

        var said = SafetensorsFile.ReadMetadata(path);
        return said.GetValueOrDefault(CodecKey) != model.Hash ? false : said.GetValueOrDefault(SourceKey) == Version(source) ? true : null;
    }

    private static string CodecOf(string path) =>
        CodecModel.IdOf(SafetensorsFile.ReadMetadata(path).GetValueOrDefault(CodecKey) ?? "unknown");

    private string TargetOf(ClipSource source) => Path.Combine(options.OutputPath, source.Name.Replace('/', Path.DirectorySeparatorChar) + Ending);

    /// <summary>Returns a text that changes whenever the content of the latent file would change.</summary>
    private string Version(ClipSource source) => FormattableString.Invariant(
        $"{source.Length} {source.Modified} {shape.Channels}x{shape.Frames}x{shape.Height}x{shape.Width}{LatentFolder.FitOf(shape)}");

    private ExportedLatents Describe(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return new ExportedLatents(path, LatentKind.Moments, 1, Words(file.Tensors[Moments].Shape), ModelId, model.Checkpoint.Path, []);
    }

    private static string Words(IReadOnlyList<long> shape) => $"({string.Join(", ", shape)})";

    private void CreateFolder(string path) => OnFailure.Throw(options.OutputPath, DataErrors.CannotWrite, () => DiskFlush.CreateFolder(path));
}
