using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using static TinySora.Fuzz.Samples;

namespace TinySora.Fuzz;

/// <summary>Files of weights, as a whole and as parts that checksums protect.</summary>
internal static class WeightFormats
{
    /// <summary>Maximum size of tensors to read. Larger ones need only as much memory as the file contains.</summary>
    private const int MaxElements = 1 << 16;

    private static readonly string[] PickleWords =
    [
        "ctorch._utils\n_rebuild_tensor_v2\n", "ccollections\nOrderedDict\n", "ctorch\nFloatStorage\n", "cbuiltins\neval\n", "storage", "cpu",
        "0", "(", ")", "q\0", "h\0", "R", "b", "u", ".",
    ];

    private static readonly string[] HeaderWords =
        ["__metadata__", "\"dtype\":\"F32\"", "\"shape\":[", "\"data_offsets\":[", "BF16", "I64", "BOOL", "{", "}", "[0,0]", "9223372036854775807", "-1"];

    /// <param name="golden">See <see cref="FuzzedFormats"/>.</param>
    public static IEnumerable<Format> All(string golden) =>
    [
        new("pt", "weights.pt", () => Files(Path.Combine(golden, "PyTorch"), "*.pt"), Read) { Words = PickleWords },
        new("pt-pickle", "weights.pt", () => Files(Path.Combine(golden, "PyTorch"), "zip*.pt").Select(Pickle), Read) { Words = PickleWords, Pack = Zip },
        new("pt-plain", "weights.pkl", () => Files(Path.Combine(golden, "PyTorch"), "*.pkl"), Read) { Words = PickleWords },
        new("safetensors", "weights.safetensors", () => Files(golden, "*.safetensors"), Read) { Words = HeaderWords },
        new("safetensors-header", "weights.safetensors", () => Files(golden, "*.safetensors").Select(file => file[sizeof(long)..]), Read)
        {
            Words = HeaderWords, Pack = WithLength,
        },
        new("checkpoint", "step-00000004.safetensors", () => [Metadata("pixel-unet"), Metadata("latent-transformer")], ReadCheckpoint)
        {
            Words =
            [
                "rows", "plateau", "metrics", "task.classes", "task.vocabulary", "task.latent_mean", "best_by", "\\\"Passed\\\":", "\\\"Waited\\\":",
                "NaN", "null",
            ],
            Pack = WithMetadata,
        },
    ];

    private static void Read(string path)
    {
        using var file = TensorFile.Open(path);
        foreach (var tensor in file.Tensors.Values.Take(8))
        {
            if (tensor.Shape.Aggregate(1.0, (product, size) => product * size) <= MaxElements)
            {
                tensor.Read().Dispose();
            }
        }
    }

    private static void ReadCheckpoint(string path)
    {
        if (!CheckpointStore.List(path)[0].IsReadable)
        {
            return;
        }

        using var checkpoint = Checkpoint.Open(path);
        WordTokenizer.FromJson(checkpoint.TaskMetadata.GetValueOrDefault("vocabulary") ?? "");
        CodecTraits.Parse(checkpoint.TaskMetadata.GetValueOrDefault(ModelDependency.TraitsKey), null);
        if (checkpoint.Config.Family is LatentTransformerConfig own)
        {
            ConditionEncoder.ClassesIn(own.Model, checkpoint.TaskMetadata);
        }
    }

    private static byte[] Metadata(string family)
    {
        var config = ConfigFile.Parse($"family: {family}\n", family);
        return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
        {
            ["format_version"] = "1", ["family"] = family, ["step"] = "4", ["config"] = ConfigFile.ToYaml(config), ["seed"] = "7", ["dataset_fingerprint"] = "",
            ["elapsed_seconds"] = "1.5", ["skipped_in_a_row"] = "0", ["saved_at"] = "2026-01-01T00:00:00.0000000Z", ["loss"] = "0.5",
            ["flops"] = "1e9", ["best_by"] = "loss",
            ["metrics"] = "{\"val.loss\":0.5}", ["rows"] = "{\"Passed\":[\"a\"],\"Failed\":[]}", ["plateau"] = "{\"Best\":0.5,\"Waited\":1,\"Factor\":0.5}",
            ["task.classes"] = "[\"a\",\"b\"]", ["task.vocabulary"] = "[\"red\",\"circle\"]", ["task.codec_traits"] = "stride 1 x 4 x 4, channels 4, codes 32",
        });
    }

    private static byte[] WithMetadata(byte[] metadata) => WithLength([.. "{\"__metadata__\":"u8, .. metadata, .. "}"u8]);

    /// <summary>Prepends its length to a header, which ends at its last brace.</summary>
    private static byte[] WithLength(byte[] content)
    {
        var file = new byte[sizeof(long) + content.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, content.AsSpan().LastIndexOf((byte)'}') + 1);
        content.CopyTo(file, sizeof(long));
        return file;
    }

    private static byte[] Pickle(byte[] file)
    {
        using ZipArchive zip = new(new MemoryStream(file));
        using var pickle = zip.Entries.Single(entry => entry.Name == "data.pkl").Open();
        return Written(pickle.CopyTo);
    }

    private static byte[] Zip(byte[] pickle) => Samples.Zip(
        CompressionLevel.NoCompression, Enumerable.Range(0, 12).Select(i => ($"archive/data/{i}", new byte[256])).Prepend(("archive/data.pkl", pickle)));
}
