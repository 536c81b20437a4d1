using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>The numbers of parameters that the published networks have.</summary>
public sealed class TransformerSizeTests
{
    private static readonly (string Size, long[] Counts)[] Lattes =
    [
        ("XL", [673_681_568, 673_847_552, 674_511_488]), ("L", [456_815_648, 456_963_200, 457_553_408]),
        ("B", [129_547_040, 129_657_728, 130_100_480]), ("S", [32_480_672, 32_536_064, 32_757_632]),
    ];

    public static TheoryData<string, string, long> Published()
    {
        var data = new TheoryData<string, string, long>
        {
            { "latte", "Latte-T/2", 5_880_992 },
            { "latte-tutorial", "Latte-S", 32_474_512 },
            { "latte-tutorial", "Latte-B", 129_534_736 },
            { "latte-tutorial", "Latte-L", 456_799_248 },
            { "latte-tutorial", "Latte-XL", 673_663_120 },
            { "cross", "DiT-S/8", 41_756_544 },
            { "cross-adaln", "DiT-S/8", 52_548_992 },
            { "concat", "DiT-S/8", 51_566_336 },
            { "st-dit", "6", 61_081_376 },
            { "st-dit", "16", 155_599_136 },
            { "st-dit", "STDiT-XL/2", 604_808_096 },
        };
        foreach (var (size, counts) in Lattes)
        {
            foreach (var (patch, count) in new[] { 2, 4, 8 }.Zip(counts))
            {
                data.Add("latte", $"Latte-{size}/{patch}", count);
            }
        }

        return data;
    }

    /// <summary>All blocks are of equal size, so two depths determine the number of parameters for any depth.</summary>
    [Theory]
    [MemberData(nameof(Published))]
    public void Named_size_has_the_published_number_of_parameters(string kind, string name, long expected)
    {
        var model = kind switch
        {
            "latte" => new TransformerConfig { Name = name, LearnSigma = true },
            "latte-tutorial" => new TransformerConfig { Architecture = LatentNetworkKind.LatteTutorial, Name = name },
            "st-dit" => int.TryParse(name, out var depth)
                ? new TransformerConfig { Architecture = LatentNetworkKind.StDiT, Depth = depth, LearnSigma = true }
                : new TransformerConfig { Architecture = LatentNetworkKind.StDiT, Name = name, LearnSigma = true },
            _ => new TransformerConfig
            {
                Architecture = LatentNetworkKind.DiT, Name = name, LearnSigma = true, Conditioning = Conditioning.Text,
                TextForm = kind switch { "cross" => TextForm.Cross, "concat" => TextForm.Concat, _ => TextForm.CrossAdaLn },
            },
        };
        var channels = model.Architecture == LatentNetworkKind.DiT ? 256 : 4;
        var (two, four) = (Count(model with { Depth = 2 }, channels), Count(model with { Depth = 4 }, channels));
        Assert.Equal(expected, two + ((model.Size.Depth - 2) / 2 * (four - two)));
    }

    [Fact]
    public void All_published_sizes_exist()
    {
        string[] Patched(string family) => [.. new[] { "XL", "L", "B", "S" }.SelectMany(size => new[] { 2, 4, 8 }.Select(patch => $"{family}-{size}/{patch}"))];
        Assert.Equal([.. Patched("Latte"), "Latte-T/2"], TransformerSize.Named(LatentNetworkKind.Latte).Keys);
        Assert.Equal(Patched("DiT"), TransformerSize.Named(LatentNetworkKind.DiT).Keys);
        Assert.Equal(new(12, 768, 12, 8), new TransformerConfig { Architecture = LatentNetworkKind.DiT, Name = "DiT-B/8" }.Size);
        Assert.Equal(new(3, 1152, 8, 4), new TransformerConfig { Name = "Latte-XL/4", Depth = 3, NumHeads = 8 }.Size);
    }

    private static long Count(TransformerConfig model, int channels)
    {
        using var scope = NewDisposeScope();
        using var network = LatentNetworks.Create(model, new LatentShape(channels, 8, 32, 32), textWidth: 512);
        return network.parameters().Sum(parameter => parameter.numel());
    }
}
