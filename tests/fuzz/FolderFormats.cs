using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Text;
using static TinySora.Fuzz.Samples;

namespace TinySora.Fuzz;

/// <summary>Files that describe other files in a folder from another program.</summary>
internal static class FolderFormats
{
    private static readonly string[] JsonWords =
        ["{", "}", "[", "]", "\"", ":", ",", "null", "true", "-1", "0", "1e999", "\"\\u0000\"", "\"../a\"", "{}", "[]"];

    public static IEnumerable<Format> All =>
    [
        new("dataset-state", "state.json",
            () => Texts("{\"_data_files\":[{\"filename\":\"data.arrow\"}],\"_indices_data_files\":[],\"_split\":\"train\"}"), Dataset)
        {
            Words = [.. JsonWords, "\"filename\":", "\"_data_files\":"],
        },
        new("dataset-info", "dataset_info.json", () => Texts("{\"description\":\"text\",\"features\":{\"a\":{\"dtype\":\"float32\",\"_type\":\"Value\"}}}"),
            path => HuggingFaceFolder.Description(Path.GetDirectoryName(path)!)) { Words = [.. JsonWords, "\"description\":"] },
        new("bert", "config.json",
            () => Texts("{\"hidden_act\":\"gelu\",\"hidden_size\":32,\"num_hidden_layers\":2,\"num_attention_heads\":2,\"intermediate_size\":64,"
                + "\"max_position_embeddings\":16,\"layer_norm_eps\":1e-12}"),
            path => Encoder(path, () => BertShape.Read(path))) { Words = JsonWords },
        new("clip", "config.json",
            () => Texts("{\"text_config\":{\"hidden_size\":32,\"num_hidden_layers\":2,"
                + "\"num_attention_heads\":2,\"eos_token_id\":2,\"hidden_act\":\"quick_gelu\"}}"),
            path => Encoder(path, () => ClipTextShape.Read(path))) { Words = JsonWords },
        new("diffusers", "config.json",
            () => Texts("{\"_class_name\":\"AutoencoderKL\",\"act_fn\":\"silu\",\"block_out_channels\":[32,64],\"down_block_types\":[\"DownEncoderBlock2D\"],"
                + "\"in_channels\":3,\"out_channels\":3,\"latent_channels\":4,\"layers_per_block\":1,\"norm_num_groups\":8,\"sample_size\":32}"),
            Diffusers) { Words = [.. JsonWords, "\"up_block_types\":", "\"mid_block_add_attention\":"] },
    ];

    private static void Dataset(string path)
    {
        foreach (var file in HuggingFaceFolder.DataFiles(Path.GetDirectoryName(path)!))
        {
            ArrowDataset.Open(file).Dispose();
        }
    }

    private static void Encoder(string path, Func<TransformerShape> read)
    {
        Beside(path, "model.safetensors");
        new EncoderFolder("bert", Path.GetDirectoryName(path)!).Read(read);
    }

    private static void Diffusers(string path)
    {
        Beside(path, "diffusion_pytorch_model.bin");
        DiffusersFolder.Find(Path.GetDirectoryName(path)!);
    }

    private static void Beside(string path, string name)
    {
        var other = Path.Combine(Path.GetDirectoryName(path)!, name);
        if (!File.Exists(other))
        {
            File.WriteAllBytes(other, []);
        }
    }
}
