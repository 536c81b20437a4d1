using System.ComponentModel;

namespace TinySora.Engine.Families.TokenModel;

/// <summary>The network that predicts tokens.</summary>
public sealed record TokenNetworkConfig
{
    [Description("nanogpt, mdgpt, mamba, nanogpt-mamba or masked.")]
    public TokenModelKind Architecture { get; init; }

    [Description("Blocks.")]
    public int NLayer { get; init; } = 8;

    [Description("Heads of attention.")]
    public int NHead { get; init; } = 6;

    [Description("Width of a token.")]
    public int NEmbd { get; init; } = 768;

    [Description("The most tokens that attention sees at once.")]
    public int BlockSize { get; init; } = 1024;

    [Description("The share of embeddings, attention and results of layers that training drops; mamba has none.")]
    public double Dropout { get; init; } = 0.2;

    [Description("Positions of mdgpt are numbers in the sequence, and not frames, rows and columns.")]
    public bool Use1dPosEmb { get; init; }

    [Description("Layers of attention have biases, and their norms.")]
    public bool Bias { get; init; } = true;
}
