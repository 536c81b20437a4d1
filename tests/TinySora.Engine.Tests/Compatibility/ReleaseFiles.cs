using System.Security.Cryptography;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Generation;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compatibility;

/// <summary>The files in tests/compat/VERSION, which a release wrote and all later ones read.</summary>
/// <param name="root">Folder of the release.</param>
internal sealed class ReleaseFiles(string root)
{
    /// <summary>Name of the configuration whose run is kept, so that it can be resumed.</summary>
    public const string RunName = "unet";

    public static readonly DrawOptions Drawn = new() { Count = 4, Seed = 1, Size = 16, Frames = 4, IncludeHeldOut = true };

    private static readonly string[] Tables = ["table.csv", "table.json", "table.jsonl"];

    /// <summary>Names of models, each of which has an image of its output in <c>videos</c>.</summary>
    public IReadOnlyList<string> Models => [.. Directory.GetFiles(At("models")).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    /// <summary>Names of configurations, each of which also exists with all keys, as NAME.all-keys.yaml.</summary>
    public IReadOnlyList<string> Configs =>
        [.. Directory.GetFiles(At("configs")).Select(path => Path.GetFileName(path).Split('.')[0]).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Videos that contain recipes.</summary>
    public IReadOnlyList<string> Videos => [.. Directory.GetFiles(At("videos")).Where(path => ClipFile.ReadComment(path) is not null)];

    public string At(params string[] parts) => Path.Combine([root, .. parts]);

    public string ModelPath(string name) => At("models", $"{name}.safetensors");

    /// <summary>An adapter for the model <see cref="RunName"/>, next to an image of its output.</summary>
    public string AdapterPath => At("adapters", "adapter.safetensors");

    /// <param name="adapterFor">Model to train an adapter for; <c>null</c> to train a model.</param>
    public static RecordingObserver Train(RunConfig config, string data, string results, int? steps = null, string? adapterFor = null)
    {
        var observer = new RecordingObserver();
        TrainingSession.Run(
            new()
            {
                Config = config, DataPath = data, ResultsPath = results, Device = "cpu", MaxSteps = steps,
                InitialCheckpoint = adapterFor, Adapter = adapterFor is null ? null : "adapter",
            },
            observer, CancellationToken.None);
        return observer;
    }

    public static GenerationRequest Request(string output) => new() { Prompt = "a red circle moving right", Seed = 7, OutputPath = output };

    public static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <summary>Reads all datasets.</summary>
    /// <returns>A line per clip, row, or file of latents, with its captions and a hash of its values.</returns>
    public IReadOnlyList<string> Facts() =>
        [.. FactsOfClips("drawn"), .. FactsOfClips("captions"), .. Tables.SelectMany(FactsOfImport), .. FactsOfArrow(), .. FactsOfLatents()];

    /// <summary>Generates the video that a recipe describes.</summary>
    public Clip Repeat(Recipe recipe, string folder)
    {
        using var generator = VideoGenerator.Open(At("models", recipe.Checkpoint), "cpu");
        var settings = new Dictionary<string, object>(recipe.Settings ?? []);
        foreach (var (name, value) in new (string, object?)[]
            { (nameof(recipe.Sampler), recipe.Sampler), (nameof(recipe.Steps), recipe.Steps), (nameof(recipe.Eta), recipe.Eta), (nameof(recipe.GuidanceScale), recipe.GuidanceScale) })
        {
            if (value is not null)
            {
                settings[name] = value;
            }
        }

        var request = new GenerationRequest
        {
            ModelHash = recipe.ModelHash, Prompt = recipe.Prompt, NegativePrompt = recipe.NegativePrompt, Seed = recipe.Seed, Threads = recipe.Threads,
            Settings = settings, OutputPath = Path.Combine(folder, Path.GetRandomFileName() + ".png"),
        };
        return ClipFile.Read(RequestBatcher.Generate(generator, request).Single().Path);
    }

    /// <summary>Returns the first drawn clip after encoding and decoding, as one image; with an autoencoder for frames, only its first frame.</summary>
    public Clip Reconstruct(string model)
    {
        using var codec = CodecModel.Open(ModelPath(model), "cpu");
        var clip = ClipFile.Read(At("datasets", "drawn", "00000.gif"));
        return EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var pixels = tensor(clip.Pixels, [1, clip.Frames, clip.Height, clip.Width, clip.Channels], ScalarType.Byte).permute(0, 4, 1, 2, 3);
            var part = pixels.narrow(2, 0, codec.TakesSingleFrames ? 1 : clip.Frames).to(ScalarType.Float32) / 255;
            var decoded = ClipTensor.FromTensor(codec.Decode(codec.Encode(part))[0]);
            return decoded with { Frames = 1, Height = decoded.Frames * decoded.Height };
        });
    }

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes)[..16]);

    private static string Hash(Tensor? values)
    {
        using var scope = NewDisposeScope();
        return values is null ? "none" : $"{values.dtype} {string.Join('x', values.shape)} {Hash(values.cpu().contiguous().bytes.ToArray())}";
    }

    private static string FactOf(string name, string clip, IEnumerable<string> captions)
    {
        var read = ClipFile.Read(clip);
        return $"{name}: {string.Join(" / ", captions)}: {read.Frames}x{read.Height}x{read.Width} {Hash(read.Pixels)}";
    }

    private IEnumerable<string> FactsOfClips(string dataset) => ClipSource.Find(At("datasets", dataset)).Select(source =>
    {
        using var vector = VectorFile.Read(source.Path, 3) is float[] values ? tensor(values) : null;
        return $"{FactOf($"{dataset}/{source.Name}", source.Path, CaptionFile.ReadAll(source.Path))}, vector {Hash(vector)}";
    });

    /// <summary>Imports the clips with the captions of a table.</summary>
    private List<string> FactsOfImport(string table)
    {
        using var folder = new TemporaryFolder();
        var options = new ImportOptions
        {
            Frames = 4, Size = 16, FramesPerSecond = 10, CaptionsPath = At("datasets", "captions", table), CaptionChoice = CaptionChoice.Lines,
        };
        var report = new ImportReport(skipped => Assert.Fail($"{skipped}"), Assert.Fail);
        return [.. DatasetWriter.Import([At("datasets", "captions")], folder.Path, DatasetKinds.Videos, options, report)
            .Select(clip => FactOf($"{table} {Path.GetFileName(clip.Path)}", clip.Path, clip.Captions))];
    }

    private IEnumerable<string> FactsOfArrow()
    {
        using var dataset = ArrowDataset.Open([.. ArrowLatents.Parts(At("datasets", "arrow"))]);
        for (var row = 0; row < dataset.Count; row++)
        {
            using var scope = NewDisposeScope();
            var values = dataset.Columns.Select(column => column.Element == ArrowElement.Text && column.Rank == 0
                ? dataset.ReadText(row, column.Name) : Hash(dataset.ReadTensor(row, column.Name)));
            yield return $"arrow row {row}: {string.Join(", ", values)}";
        }
    }

    private IEnumerable<string> FactsOfLatents()
    {
        foreach (var (folder, model) in new[] { ("latents", "vae"), ("latents-per-video", "vae"), ("tokens", "fsq") })
        {
            using var codec = CodecModel.Open(ModelPath(model), "cpu");
            foreach (var path in LatentSource.In(At("datasets", folder)))
            {
                using var source = LatentSource.Open(path, codec);
                for (var i = 0; i < source.Count; i++)
                {
                    using var values = source.HasTokens ? source.ReadTokens(i) : source.Read(i);
                    yield return $"{folder} {source.NameOf(i)}: {Hash(values)}";
                }
            }
        }
    }
}
