namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>The size of a transformer.</summary>
/// <param name="PatchSize">Rows, and columns, of a token.</param>
internal sealed record TransformerSize(int Depth, int HiddenSize, int NumHeads, int PatchSize)
{
    private static readonly (string Name, TransformerSize Size)[] Sizes =
    [
        ("XL", new(28, 1152, 16, 2)), ("L", new(24, 1024, 16, 2)), ("B", new(12, 768, 12, 2)), ("S", new(12, 384, 6, 2)),
    ];

    private static readonly Dictionary<LatentNetworkKind, IReadOnlyDictionary<string, TransformerSize>> Tables = new()
    {
        [LatentNetworkKind.Latte] = Patched("Latte").Append((Name: "Latte-T/2", Size: new TransformerSize(2, 384, 3, 2)))
            .ToDictionary(item => item.Name, item => item.Size),
        [LatentNetworkKind.LatteTutorial] = Sizes.ToDictionary(item => $"Latte-{item.Name}", item => item.Size),
        [LatentNetworkKind.DiT] = Patched("DiT").ToDictionary(item => item.Name, item => item.Size),
        [LatentNetworkKind.StDiT] = new Dictionary<string, TransformerSize> { ["STDiT-XL/2"] = Sizes[0].Size },
        [LatentNetworkKind.UNet] = new Dictionary<string, TransformerSize>(),
    };

    /// <summary>The sizes of an architecture by their published names.</summary>
    public static IReadOnlyDictionary<string, TransformerSize> Named(LatentNetworkKind kind) => Tables[kind];

    /// <summary>What a name says, except where keys say it themselves.</summary>
    public static TransformerSize Of(TransformerConfig model)
    {
        var named = Named(model.Architecture).GetValueOrDefault(model.Name ?? "") ?? model.Architecture switch
        {
            LatentNetworkKind.Latte => Tables[LatentNetworkKind.Latte]["Latte-S/2"],
            LatentNetworkKind.LatteTutorial => Tables[LatentNetworkKind.LatteTutorial]["Latte-B"],
            LatentNetworkKind.DiT => Tables[LatentNetworkKind.DiT]["DiT-S/8"],
            _ => new(6, 768, 3, 2),
        };
        return new(
            model.Depth ?? named.Depth, model.HiddenSize ?? named.HiddenSize, model.NumHeads ?? named.NumHeads, model.PatchSize ?? named.PatchSize);
    }

    private static IEnumerable<(string Name, TransformerSize Size)> Patched(string family) =>
        Sizes.SelectMany(item => new[] { 2, 4, 8 }.Select(patch => ($"{family}-{item.Name}/{patch}", item.Size with { PatchSize = patch })));
}
