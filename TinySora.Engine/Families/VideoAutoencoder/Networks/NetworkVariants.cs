using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>
/// All networks for video autoencoders. Names contain the kernel and the stride of convolutions: 133122 is a 1 x 3 x 3 kernel with stride 1 x 2 x 2. In other
/// names, s4t4 means that space and time are each halved twice, and s1x4x4 is the stride in time, height and width.
/// </summary>
internal static class NetworkVariants
{
    public static IReadOnlyList<NetworkVariant> All { get; } =
    [
        Plain("encode111111_decode111111", ConvKind.S, stages: 0, d => [new Conv(3, d, kernel: 1)], d => [new Conv(d, 3, kernel: 1)]),
        Plain("encode133111_decode111111", ConvKind.S, stages: 0, d => [ConvKind.S.Same(3, d)], d => [new Conv(d, 3, kernel: 1)]),
        Plain("encode133122_decode144122", ConvKind.S, 1, d => [ConvKind.S.Down(3, d)], d => [ConvKind.S.Up(d, 16), ConvKind.S.Same(16, 3)]),
        Plain("encode133122_decode144122_tanh", ConvKind.S, 1, d => [ConvKind.S.Down(3, d)], d => Single(ConvKind.S, d)),
        Plain("encode133122_decode144122_tanh_vq", ConvKind.S, 1, d => [ConvKind.S.Down(3, d)], d => Single(ConvKind.S, d)),
        Plain("encode333222_decode444222_tanh", ConvKind.ST, 1, d => [ConvKind.ST.Down(3, d)], d => Single(ConvKind.ST, d)),
        Plain("encode_decode_spatial4x", ConvKind.S, 2, Down(ConvKind.S, 16), d => Short(ConvKind.S, d)),
        Plain("s4t4", ConvKind.ST, 2, Down(ConvKind.ST, 16), d => Short(ConvKind.ST, d)),
        Plain("encode_decode_spatial4x_a", ConvKind.S, 2, Down(ConvKind.S, 16), d => Stepped(ConvKind.S, d, 16)),
        Plain("vae_spatial4x_a", ConvKind.S, 2, Down(ConvKind.S, 16), d => Full(ConvKind.S, d, 16)),
        Plain("encode_decode_spatial4x_a_vq", ConvKind.S, 2, Down(ConvKind.S, 16), d => Full(ConvKind.S, d, 16)),
        Plain("vae_spatial4x_a_vq", ConvKind.S, 2, Down(ConvKind.S, 16), d => Full(ConvKind.S, d, 16)),
        Plain("s4t4_a", ConvKind.ST, 2, Down(ConvKind.ST, 16), d => Full(ConvKind.ST, d, 16)),
        Plain("s4t4_b", ConvKind.ST, 2, Down(ConvKind.ST, 32), d => Full(ConvKind.ST, d, 32)),
        Plain("s8_b", ConvKind.ST, 2, Down(ConvKind.ST, 32), d => Full(ConvKind.ST, d, 32)), // identical to s4t4_b, despite its name
        Plain("s4t4_b_vq", ConvKind.ST, 2, Down(ConvKind.ST, 32), d => Full(ConvKind.ST, d, 32)),
        Plain("vae_s4t4_b", ConvKind.ST, 2, Down(ConvKind.ST, 32), d => Full(ConvKind.ST, d, 32)),
        Plain("vae_s4t4_b_vq", ConvKind.ST, 2, Down(ConvKind.ST, 32), d => Full(ConvKind.ST, d, 32)),
        Plain("s4t4_c", ConvKind.ST, 2,
            d => [.. Down(ConvKind.ST, 32)(d), ActivationLayer.Relu(), new ResidualLayer(d, 32, ConvKind.ST)], Shortened),
        Plain("encode_decode_spatial8x_a", ConvKind.S, 3, Down(ConvKind.S, 16, 32), d => Stepped(ConvKind.S, d, 32, 16)),
        Plain("s8t8_a", ConvKind.ST, 3, Down(ConvKind.ST, 16, 32), d => Stepped(ConvKind.ST, d, 32, 16)),
        Plain("s8t8_b", ConvKind.ST, 3, Down(ConvKind.ST, 32, 64), Deep),
        Plain("vae_s8t8_b", ConvKind.ST, 3, Down(ConvKind.ST, 32, 64), Deep),
        Plain("s8t8_b_vq", ConvKind.ST, 3, Down(ConvKind.ST, 32, 64), Deep),
        Plain("encode_decode_spatial16x_a", ConvKind.S, 4, Down(ConvKind.S, 16, 32, 64), d => Stepped(ConvKind.S, d, 64, 32, 16)),
        Plain("s16t16_a", ConvKind.ST, 4, Down(ConvKind.ST, 16, 32, 64), d => Stepped(ConvKind.ST, d, 64, 32, 16)),
        CausalAutoencoder.Variant,
        VideoGptAutoencoder.Variant,
        .. CompactNetworks.Variants,
        .. FoldedNetworks.Variants,
    ];

    /// <summary>Returns the variant with a name; <c>null</c> if there is none.</summary>
    public static NetworkVariant? Find(string name) => All.FirstOrDefault(variant => variant.Name == name);

    /// <summary>Creates one of minisora's variants. The prefix and suffix of the name determine whether it is variational or has a codebook.</summary>
    /// <param name="encoder">Creates the encoder's layers for a number of latent channels.</param>
    private static NetworkVariant Plain(
        string name, ConvKind kind, int stages, Func<int, nn.Module<Tensor, Tensor>[]> encoder, Func<int, nn.Module<Tensor, Tensor>[]> decoder)
    {
        var isVariational = name.StartsWith("vae_", StringComparison.Ordinal);
        var codebook = name.EndsWith($"_{GradientCodebook.Kind.Name}", StringComparison.Ordinal) ? GradientCodebook.Kind : null;
        return new(name, isVariational, codebook is not null)
        {
            Stride = _ => kind.Stride(stages),
            Create = (network, loss) =>
            {
                var d = network.EmbeddingDim;
                var quantizer = codebook?.Create(network, loss);
                return isVariational
                    ? new EncoderDecoder(encoder(d)[..^1], () => encoder(d)[^1], decoder(d), quantizer)
                    : new EncoderDecoder(encoder(d), last: null, decoder(d), quantizer);
            },
        };
    }

    /// <summary>Creates convolutions from 3 channels through the given widths to d channels, with ReLU between them.</summary>
    private static Func<int, nn.Module<Tensor, Tensor>[]> Down(ConvKind kind, params int[] widths) => d =>
    [
        .. widths.Zip(widths.Prepend(3)).SelectMany(step => new nn.Module<Tensor, Tensor>[] { kind.Down(step.Second, step.First), ActivationLayer.Relu() }),
        kind.Down(widths[^1], d),
    ];

    private static nn.Module<Tensor, Tensor>[] Single(ConvKind kind, int d) => [kind.Up(d, 16), kind.Same(16, 3), ActivationLayer.Tanh()];

    private static nn.Module<Tensor, Tensor>[] Short(ConvKind kind, int d) =>
        [kind.Up(d, 16), ActivationLayer.LeakyRelu(), kind.Up(16, 3), ActivationLayer.Tanh()];

    private static nn.Module<Tensor, Tensor>[] Full(ConvKind kind, int d, int width) =>
    [
        kind.Up(d, width), ActivationLayer.LeakyRelu(), kind.Same(width, width), ActivationLayer.LeakyRelu(),
        kind.Up(width, width), ActivationLayer.LeakyRelu(), kind.Same(width, 3), ActivationLayer.Tanh(),
    ];

    /// <summary>Creates a decoder that has no convolution between its two upsampling layers.</summary>
    private static nn.Module<Tensor, Tensor>[] Shortened(int d) =>
    [
        new ResidualLayer(d, 32, ConvKind.ST), ConvKind.ST.Up(d, 32), ActivationLayer.LeakyRelu(), ConvKind.ST.Up(32, 32), ActivationLayer.LeakyRelu(),
        ConvKind.ST.Same(32, 3), ActivationLayer.Tanh(),
    ];

    private static nn.Module<Tensor, Tensor>[] Stepped(ConvKind kind, int d, params int[] widths) =>
    [
        .. widths.Zip(widths.Prepend(d)).SelectMany(step => new nn.Module<Tensor, Tensor>[]
        {
            kind.Up(step.Second, step.First), kind.Same(step.First, step.First), ActivationLayer.LeakyRelu(),
        }),
        kind.Up(widths[^1], widths[^1]), kind.Same(widths[^1], 3), ActivationLayer.Tanh(),
    ];

    private static nn.Module<Tensor, Tensor>[] Deep(int d) =>
    [
        ConvKind.ST.Up(d, 64), ActivationLayer.LeakyRelu(), ConvKind.ST.Same(64, 64), ActivationLayer.LeakyRelu(),
        ConvKind.ST.Up(64, 32), ActivationLayer.LeakyRelu(), ConvKind.ST.Same(32, 32), ActivationLayer.LeakyRelu(),
        ConvKind.ST.Up(32, 3), ActivationLayer.Tanh(),
    ];
}

/// <param name="Name">Published name of the network, or its name in TinySora if it is not published.</param>
/// <param name="IsVariational">Whether the encoder predicts a distribution, which training draws latents from.</param>
/// <param name="IsQuantized">Whether the network has a quantizer, and so produces tokens.</param>
internal sealed record NetworkVariant(string Name, bool IsVariational, bool IsQuantized)
{
    public required Func<NetworkConfig, LatentStride> Stride { get; init; }

    /// <summary>Creates the network with new weights from the default generator.</summary>
    public required Func<NetworkConfig, ReconstructionConfig, ClipAutoencoder> Create { get; init; }
}
