using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TinySora.Engine.Tests.Compute.Native;
using TinySora.Engine.Tests.Families;
using TinySora.Engine.Tests.Families.LatentTransformer;
using TinySora.Engine.Tests.Families.TokenModel;
using TinySora.Engine.Tests.Families.VideoAutoencoder;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Gpu;

/// <summary>
/// Every network on a GPU compared with the processor's kernels: results, and gradients of all weights. Without a GPU, the compositions of
/// operators run on the processor.
/// </summary>
public sealed class GpuNetworkTests
{
    private static readonly Device Device = DeviceChoice.Resolve("auto");

    public static TheoryData<string> Transformers => [.. TransformerTesting.Cases().Keys];

    public static TheoryData<string> TokenNetworks => [.. TokenTesting.Cases().Keys];

    public static TheoryData<string> Autoencoders => ["s4t4_b", "s4t4_b_vq", "vae_s4t4_b", "s2x4x4_kl"];

    [Theory]
    [MemberData(nameof(Transformers))]
    public void Transformer_computes_the_same(string name) => Compare(
        () => TransformerTesting.Filled(TransformerTesting.Cases()[name].Model),
        (network, device) =>
        {
            var condition = TransformerTesting.Cases()[name].Condition;
            return network.forward(TransformerTesting.Clips.to(device), TransformerTesting.Levels.to(device), condition with
            {
                Labels = condition.Labels?.Eager!.to(device), Text = condition.Text?.Eager!.to(device), TextPresent = condition.TextPresent?.Eager!.to(device), Absent = condition.Absent?.Eager!.to(device),
            });
        });

    [Theory]
    [MemberData(nameof(TokenNetworks))]
    public void Token_network_computes_the_same(string name) => Compare(
        () => TokenTesting.Filled(TokenTesting.Cases()[name].Config),
        (network, device) =>
        {
            var input = TokenTesting.Cases()[name].Input;
            return network.Logits(network.forward(new(input.Tokens.Eager!.to(device))
            {
                Positions = input.Positions?.Eager!.to(device), Context = input.Context?.Eager!.to(device), ContextPositions = input.ContextPositions?.Eager!.to(device),
                Text = input.Text?.Eager!.to(device),
            }));
        });

    [Theory]
    [MemberData(nameof(Autoencoders))]
    public void Autoencoder_computes_the_same(string name) => Compare(
        () => SmallNetworks.Create(name),
        (network, device) =>
        {
            var mean = network.Encode(ClipAutoencoder.Pixels(Formulas.Clips(2, 3, 8, 8, 8).to(device))).Mean;
            return network.Decode(network.Quantizer?.Quantize(mean, new Generator(1, device)).Latents ?? mean);
        });

    private static void Compare<T>(Func<T> create, Func<T, Device, Tensor> forward)
        where T : nn.Module
    {
        using var scope = NewDisposeScope();
        // TF32 has ten bits of mantissa.
        var tolerance = Device.type == DeviceType.CUDA ? 3e-2 : 1e-3;
        foreach (var ((name, expected), (_, actual)) in Run(CPU, kernels: true).Zip(Run(Device, kernels: false)))
        {
            var off = (expected - actual).abs().max().ToDouble() / Math.Max(1e-2, expected.abs().max().ToDouble());
            Assert.True(off < tolerance, $"{name}: off by {off}");
        }

        List<(string Name, Tensor Value)> Run(Device device, bool kernels)
        {
            using var switched = new KernelComparison.Switch(kernels);
            using var network = create();
            network.to(device);
            var result = forward(network, device);
            Assert.Equal(device.type, result.device_type);
            (result * result.detach().cos()).sum().backward();
            return
            [
                ("the result", result.detach().cpu()),
                .. network.named_parameters().Where(item => item.parameter.grad is not null).Select(item => (item.name, item.parameter.grad!.cpu())),
            ];
        }
    }
}
