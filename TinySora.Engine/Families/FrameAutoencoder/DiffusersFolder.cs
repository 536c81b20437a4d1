using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.FrameAutoencoder.Config;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>Folder of an AutoencoderKL in diffusers format, or folder of a pipeline with an AutoencoderKL in <c>vae</c>.</summary>
internal static class DiffusersFolder
{
    public const string ConfigName = "config.json";

    /// <summary>Key of the class name in diffusers' config.json. A file without this key belongs to another library.</summary>
    private const string ClassKey = "_class_name";
    private const string ClassName = "AutoencoderKL";

    /// <summary>Height and width of frames if <c>sample_size</c> is missing: the size that Stable Diffusion's decoder was tuned on.</summary>
    private const int UsualSize = 256;

    /// <summary>Number of normalization groups in files that predate <c>norm_num_groups</c>.</summary>
    private const int UsualGroups = 32;

    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true };

    private static readonly string[] WeightNames = ["diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"];

    /// <summary>Optional keys, each with the only supported value for the key or for each item in its list.</summary>
    private static readonly (string Key, string Wanted)[] Options =
    [
        ("act_fn", "silu"), ("down_block_types", "DownEncoderBlock2D"), ("up_block_types", "UpDecoderBlock2D"),
        ("mid_block_add_attention", "True"), ("use_quant_conv", "True"), ("use_post_quant_conv", "True"),
    ];

    /// <returns>Path of the weights, and the configuration in <c>config.json</c>; <c>null</c> if the folder contains neither of the two files.</returns>
    /// <exception cref="TinySoraException">FileOfFolderMissing, OtherAutoencoder, or an error in reading a file.</exception>
    public static (string Path, RunConfig Config)? Find(string folder)
    {
        var inner = Path.Combine(folder, "vae");
        folder = Directory.Exists(inner) ? inner : folder;
        var weights = WeightNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        var config = Path.Combine(folder, ConfigName);
        return (weights, File.Exists(config)) switch
        {
            (null, false) when folder != inner => null,
            (null, true) when !ConfigFile.ReadText(config).Contains($"\"{ClassKey}\"", StringComparison.Ordinal) => null,
            (_, false) => throw CheckpointErrors.FileOfFolderMissing(folder, ConfigName),
            (null, _) => throw CheckpointErrors.FileOfFolderMissing(folder, string.Join(" or ", WeightNames)),
            _ => (weights, Read(config)),
        };
    }

    /// <summary>
    /// Returns the text of <c>config.json</c> for a network. The text does not contain the scale of latents, so that diffusers uses its default, because the
    /// scale belongs to the models that are trained on the latents.
    /// </summary>
    public static string Text(FrameAutoencoderConfig own)
    {
        var model = own.Model;
        var levels = model.DownChannels.Count;
        return JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                [ClassKey] = ClassName, ["act_fn"] = "silu", ["block_out_channels"] = model.DownChannels,
                ["down_block_types"] = Enumerable.Repeat("DownEncoderBlock2D", levels), ["in_channels"] = model.FrameChannels,
                ["latent_channels"] = model.ZChannels, ["layers_per_block"] = model.NumDownLayers, ["norm_num_groups"] = model.NormChannels,
                ["out_channels"] = model.FrameChannels, ["sample_size"] = own.Data.Height,
                ["up_block_types"] = Enumerable.Repeat("UpDecoderBlock2D", levels),
            },
            Form);
    }

    private static RunConfig Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(ConfigFile.ReadText(path));
            var root = document.RootElement;
            Require(ClassKey, Value(ClassKey), ClassName);
            var channels = Value("in_channels");
            Require("out_channels", Value("out_channels"), $"{channels}");
            foreach (var (key, wanted) in Options)
            {
                foreach (var value in Values(key))
                {
                    Require(key, value, wanted);
                }
            }

            var size = root.TryGetProperty("sample_size", out var pixels) && pixels.ValueKind == JsonValueKind.Number ? pixels.GetInt32() : UsualSize;
            var config = new RunConfig
            {
                Family = new FrameAutoencoderConfig
                {
                    Data = new FrameDataConfig { Height = size, Width = size, CentreSquareCrop = true },
                    Model = new FrameModelConfig
                    {
                        Network = FrameModelConfig.AutoencoderKl,
                        FrameChannels = channels.GetInt32(),
                        ZChannels = Value("latent_channels").GetInt32(),
                        DownChannels = [.. Value("block_out_channels").EnumerateArray().Select(width => width.GetInt32())],
                        NormChannels = root.TryGetProperty("norm_num_groups", out var groups) ? groups.GetInt32() : UsualGroups,
                        NumDownLayers = Value("layers_per_block").GetInt32(),
                    },
                },
            };
            return ConfigRules.Check(config) is [var broken, ..]
                ? throw CheckpointErrors.OtherAutoencoder(path, $"{broken.Key} must be {broken.Expected}")
                : config;

            JsonElement Value(string key) =>
                root.TryGetProperty(key, out var value) ? value : throw CheckpointErrors.OtherAutoencoder(path, $"it has no {key}");

            // Old files lack some of these keys. A missing key means the supported value.
            IEnumerable<JsonElement> Values(string key) =>
                !root.TryGetProperty(key, out var value) ? [] : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw CheckpointErrors.OtherAutoencoder(path, e.Message.TrimEnd('.'));
        }

        void Require(string key, JsonElement value, string wanted)
        {
            if ($"{value}" != wanted)
            {
                throw CheckpointErrors.OtherAutoencoder(path, $"its {key} is {value} instead of {wanted}");
            }
        }
    }
}
