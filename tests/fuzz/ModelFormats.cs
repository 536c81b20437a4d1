using System.Text.Json;
using System.Text.Json.Nodes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Fuzz;

/// <summary>Valid files of weights that do not fit a model: their names, types or shapes differ from those of a family.</summary>
internal static class ModelFormats
{
    /// <summary>Maximum size of weights. Larger files are truncated, and rejected as such.</summary>
    private const int MaxBytes = 1 << 20;

    private static readonly string[] HeaderWords =
        ["\"F32\"", "\"F16\"", "\"I64\"", "\"BOOL\"", "\"shape\":[]", "[0]", "[1]", ",1", ".weight", ".bias", "0.", "1."];

    private static readonly Dictionary<string, string> Models = new()
    {
        ["pixel-unet"] = """
            model: { dim: 8, dim_mults: [1, 2], init_kernel_size: 3, attn_heads: 2, attn_dim_head: 8, use_bert_text_cond: false }
            diffusion: { height: 16, frames: 2, timesteps: 4 }
            """,
        ["video-autoencoder"] = """
            model: { network_variant: s4t4_b_vq, embedding_dim: 4, n_codes: 8, n_hiddens: 16, n_res_layers: 1, downsample: [2, 4, 4] }
            clip: { frames: 4, height: 16 }
            """,
        ["frame-autoencoder"] = """
            data: { height: 16, width: 16 }
            model: { frame_channels: 3, down_channels: [8, 16], mid_channels: [16], down_sample: [true], attn_down: [false], norm_channels: 4, num_heads: 2 }
            """,
        ["latent-transformer"] = """
            model: { architecture: st-dit, depth: 1, hidden_size: 16, num_heads: 2, patch_size: 4 }
            clip: { frames: 2, height: 16 }
            """,
        ["token-model"] = """
            model: { architecture: nanogpt, n_layer: 1, n_head: 2, n_embd: 16 }
            tokens: { codec: ./absent }
            clip: { frames: 4, height: 16 }
            """,
    };

    /// <param name="golden">See <see cref="FuzzedFormats"/>.</param>
    public static IEnumerable<Format> All(string golden) =>
    [
        .. Models.Select(model => new Format(
            $"import-{model.Key}", "weights.safetensors", () => [Names(Config(model.Key))], path => CheckpointImport.Open(path, Config(model.Key)).Dispose())
        {
            Words = HeaderWords, Pack = WithData,
        }),
        new("latents", "clip.mp4.safetensors", () => [Latents], ReadLatents) { Words = HeaderWords, Pack = WithData },
        new("latents-pickle", "clip.mp4.pkl", () => [File.ReadAllBytes(Path.Combine(golden, "PyTorch", "video.mp4.pkl"))], ReadLatents),
    ];

    private static byte[] Latents => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
    {
        ["__metadata__"] = new Dictionary<string, string> { [LatentExport.TraitsKey] = "stride 1 x 4 x 4, channels 2", [LatentExport.CodecKey] = "abc" },
        [LatentExport.Moments] = new { dtype = "F32", shape = new[] { 2, 4, 4, 4 } },
    });

    private static RunConfig Config(string family) => ConfigFile.Parse($"family: {family}\n{Models[family]}\n", family);

    private static void ReadLatents(string path)
    {
        VideoLatents latents = new(path, [path], null);
        latents.SizeOf(0);
        latents.InferTraits((2, 16, 16));
        EngineThread.Run(() => latents.Read(0).Dispose());
    }

    /// <summary>Returns the names and shapes of a family's weights, as in published files.</summary>
    private static byte[] Names(RunConfig config) => EngineThread.Run(() =>
    {
        var family = ModelFamilies.Of(config);
        using var task = family.Restore(config, new Dictionary<string, string> { [ModelDependency.TraitsKey] = "stride 4 x 4 x 4, channels 4, codes 8" }, CPU);
        var weights = task.Model.state_dict().Where(weight => !family.Published!.IsOurs(weight.Key))
            .SelectMany(weight => family.Published!.NamesInFile(weight.Key).Select(name => (Name: name, weight.Value)));
        return JsonSerializer.SerializeToUtf8Bytes(weights.ToDictionary(
            weight => weight.Name, weight => new { dtype = weight.Value.dtype == ScalarType.Int64 ? "I64" : "F32", weight.Value.shape }));
    });

    /// <summary>Converts a header without offsets to a file with offsets and zeros for every tensor.</summary>
    private static byte[] WithData(byte[] content)
    {
        try
        {
            var header = JsonNode.Parse(content)!.AsObject();
            var end = 0L;
            foreach (var (name, tensor) in header)
            {
                if (name != "__metadata__")
                {
                    var element = SafetensorsHeader.Types[(string)tensor!["dtype"]!].Size;
                    var length = tensor["shape"]!.AsArray().Aggregate((long)element, (product, size) => product * (long)size!);
                    tensor["data_offsets"] = new JsonArray(end, end + length);
                    end += length;
                }
            }

            var json = JsonSerializer.SerializeToUtf8Bytes(header);
            return [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[Math.Clamp(end, 0, MaxBytes)]];
        }
        catch (Exception e) when (
            e is JsonException or InvalidOperationException or KeyNotFoundException or NullReferenceException or ArgumentException or FormatException)
        {
            return content; // the header is no longer valid
        }
    }
}
