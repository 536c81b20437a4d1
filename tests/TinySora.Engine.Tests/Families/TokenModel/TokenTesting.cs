using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.TokenModel;

/// <summary>Small token networks and their inputs, by formulas that a PyTorch script can repeat.</summary>
internal static class TokenTesting
{
    public const int Codes = 11;
    public const int Width = 16;
    public const int Rows = 2;

    /// <summary>Number of tokens in a sequence; the masked network reads whole clips.</summary>
    public const int Length = 10;

    private const int ContextLength = 6;

    public static TokenShape Shape => new(2, 3, 2);

    public static TokenNetworkConfig Small(TokenModelKind kind) =>
        new() { Architecture = kind, NLayer = 2, NHead = 2, NEmbd = Width, BlockSize = 32, Use1dPosEmb = kind == TokenModelKind.MdGpt };

    public static TokenNetwork Create(TokenNetworkConfig config) => TokenNetworks.Create(config, Codes, Shape);

    public static TokenNetwork Filled(TokenNetworkConfig config)
    {
        var network = Create(config);
        Formulas.Fill(network);
        return network;
    }

    public static int Vocabulary(TokenNetworkConfig config) => TokenNetworks.Vocabulary(config.Architecture, Codes);

    /// <summary>(factor i² + 3 i + shift) mod V.</summary>
    /// <returns>(n) int64.</returns>
    public static Tensor Ids(int count, int factor, int shift, int vocabulary) =>
        tensor(Enumerable.Range(0, count).Select(i => (long)(((factor * i * i) + (3 * i) + shift) % vocabulary)).ToArray());

    /// <summary>Every network with every kind of conditioning.</summary>
    public static IReadOnlyDictionary<string, (TokenNetworkConfig Config, TokenInput Input)> Cases()
    {
        var (gpt, numbered, mamba) = (Small(TokenModelKind.NanoGpt), Small(TokenModelKind.MdGpt), Small(TokenModelKind.Mamba));
        var mdGpt = numbered with { Use1dPosEmb = false };
        var masked = Small(TokenModelKind.Masked);
        var text = (arange(Rows * Width, ScalarType.Float64) * 0.31).sin().to(ScalarType.Float32).view(Rows, Width);
        var tables = new[] { (2 * Shape.Frames) + 1, (2 * Shape.Height) + 1, (2 * Shape.Width) + 1 };
        Tensor Places(int count, int factor) =>
            stack([.. tables.Select((rows, axis) => Ids(Rows * count, factor, axis, rows))], -1).view(Rows, count, 3);
        var context = Told(mdGpt) with { Context = Ids(Rows * ContextLength, 3, 4, Vocabulary(mdGpt)).view(Rows, ContextLength) };
        return new Dictionary<string, (TokenNetworkConfig, TokenInput)>
        {
            ["nanogpt"] = (gpt, Told(gpt)),
            ["nanogpt without biases"] = (gpt with { Bias = false }, Told(gpt)),
            ["nanogpt with text"] = (gpt, Told(gpt) with { Text = text }),
            ["mdgpt"] = (mdGpt, context with { Positions = Places(Length, 1), ContextPositions = Places(ContextLength, 2) }),
            ["mdgpt in order"] = (mdGpt, context),
            ["mdgpt numbered"] = (numbered, context with { Positions = arange(4, Length + 4).unsqueeze(0) }),
            ["mdgpt without context"] = (numbered, Told(numbered)),
            ["mamba"] = (mamba, Told(mamba)),
            ["mamba with text"] = (mamba, Told(mamba) with { Text = text }),
            ["nanogpt-mamba"] = (Small(TokenModelKind.NanoGptMamba), Told(Small(TokenModelKind.NanoGptMamba))),
            ["masked"] = (masked, Told(masked, Shape.Count)),
            ["masked conv"] = (masked with { PositionConv = true }, Told(masked, Shape.Count)),
        };
    }

    private static TokenInput Told(TokenNetworkConfig config, int length = Length) => new(Ids(Rows * length, 7, 1, Vocabulary(config)).view(Rows, length));
}
