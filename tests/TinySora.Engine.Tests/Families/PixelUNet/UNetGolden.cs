using System.Text.Json;
using TinySora.Engine.Families.PixelUNet.Config;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.PixelUNet;

/// <summary>Golden cases of tests/reference/unet3d_reference.py, and the formula for their weights and inputs.</summary>
internal static class UNetGolden
{
    public static JsonElement Read(string name) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name))).RootElement;

    public static Tensor Noise(int seed, params long[] shape)
    {
        var count = shape.Aggregate(1L, (a, b) => a * b);
        var values = new float[count];
        for (var j = 0L; j < count; j++)
        {
            var wave = 43758.5453 * Math.Sin(12.9898 * (j + 1) + 78.233 * (seed + 1));
            values[j] = (float)(2 * (wave - Math.Floor(wave)) - 1);
        }

        return tensor(values, shape);
    }

    public static void SetWeights(nn.Module model)
    {
        using var grad = no_grad();
        var parameters = model.named_parameters().OrderBy(p => p.name, StringComparer.Ordinal).ToArray();
        for (var i = 0; i < parameters.Length; i++)
        {
            var (name, parameter) = parameters[i];
            var noise = Noise(i, parameter.shape);
            var fanIn = (double)parameter.numel() / parameter.shape[0];
            parameter.copy_(
                name.EndsWith("gamma", StringComparison.Ordinal) ? 1 + 0.2 * noise
                : parameter.shape.Length > 1 ? noise * Math.Sqrt(2 / fanIn)
                : 0.1 * noise);
        }
    }

    public static ModelConfig Options(JsonElement options)
    {
        int Get(string key, int otherwise) => options.TryGetProperty(key, out var value) ? value.GetInt32() : otherwise;
        int? Optional(string key) => options.TryGetProperty(key, out var value) ? value.GetInt32() : null;
        bool Flag(string key, bool otherwise) => options.TryGetProperty(key, out var value) ? value.GetBoolean() : otherwise;
        return new ModelConfig
        {
            Dim = Get("dim", 64),
            DimMults = [.. options.GetProperty("dim_mults").EnumerateArray().Select(m => m.GetInt32())],
            InitDim = Optional("init_dim"),
            InitKernelSize = Get("init_kernel_size", 7),
            UseSparseLinearAttn = Flag("use_sparse_linear_attn", true),
            CondDim = Optional("cond_dim"),
            Channels = Get("channels", 3),
            AttnHeads = Get("attn_heads", 8),
            AttnDimHead = Get("attn_dim_head", 32),
            Stem = Get("stem", 1),
            FrameTextCond = Flag("frame_text_cond", false),
            TextField = Flag("text_field", false),
        };
    }

    public static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];

    public static Tensor? Flags(JsonElement golden, string key) => golden.TryGetProperty(key, out var value)
        ? tensor(value.EnumerateArray().Select(v => v.GetBoolean()).ToArray())
        : null;

    /// <summary>Returns the largest difference relative to the largest value.</summary>
    public static double RelativeError(Tensor actual, double[] expected)
    {
        var values = actual.detach().contiguous().cpu().data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        return values.Zip(expected, (a, e) => Math.Abs(a - e)).Max() / expected.Max(Math.Abs);
    }
}
