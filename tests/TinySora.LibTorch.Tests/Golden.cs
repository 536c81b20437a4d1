using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.LibTorch.Tests;

/// <summary>What tests/reference/make_tensor_golden.py wrote with plain PyTorch.</summary>
internal static class Golden
{
    private static readonly JsonElement Root = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "tensors.json"))).RootElement;

    /// <summary>Where operators are tested: a GPU where TINYSORA_DEVICE says auto and there is one.</summary>
    internal static Device Device { get; } =
        Environment.GetEnvironmentVariable("TINYSORA_DEVICE") == "auto" && cuda.is_available() ? new Device(DeviceType.CUDA, 0) : CPU;

    internal static JsonElement Section(params string[] path) =>
        path.Aggregate(Root, (element, name) => element.GetProperty(name));

    internal static float[] Floats(JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetSingle())];

    internal static long[] Longs(JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetInt64())];

    /// <summary>The ramp that the script's function of this name computes.</summary>
    internal static Tensor Ramp(long[] shape, double shift)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        var values = Enumerable.Range(0, (int)count).Select(i => (float)Math.Sin(i * 0.37 + shift)).ToArray();
        return tensor(values, shape).to(Device);
    }

    internal static void Equal(float[] expected, Tensor actual, float tolerance = 2e-6f)
    {
        var values = actual.detach().to(float32).cpu().data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - values[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                $"element {i}: expected {expected[i]}, got {values[i]}");
        }
    }
}
