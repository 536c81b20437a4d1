using TinySora.Engine.Errors;
using TinySora.Engine.Families.TokenModel.Config;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>Creates networks by the names of their architectures.</summary>
internal static class TokenNetworks
{
    /// <summary>What Mamba's vocabulary is rounded up to a multiple of, as published files have it.</summary>
    private const int Padding = 8;

    /// <summary>How many tokens there are with so many codes: behind them one starts a clip, or masks a token, and mdGPT has three more.</summary>
    public static int Vocabulary(TokenModelKind kind, int codes) => kind switch
    {
        TokenModelKind.MdGpt => codes + 4,
        TokenModelKind.Mamba => (codes + 2 + Padding - 1) / Padding * Padding,
        _ => codes + 1,
    };

    /// <summary>Creates a network with new weights, drawn from the default generator.</summary>
    /// <param name="shape">Of clips, in tokens.</param>
    /// <exception cref="TinySoraException">LevelsDiffer.</exception>
    public static TokenNetwork Create(TokenNetworkConfig config, int codes, TokenShape shape)
    {
        if (config.CodeLevels is not null && TokenNetworkConfig.Product(config.CodeLevels) != codes)
        {
            throw ModelErrors.LevelsDiffer(config.CodeLevels, TokenNetworkConfig.Product(config.CodeLevels), codes);
        }

        var (kind, width, vocabulary) = (config.Architecture, config.NEmbd, Vocabulary(config.Architecture, codes));
        var (isMdGpt, isMasked) = (kind == TokenModelKind.MdGpt, kind == TokenModelKind.Masked);
        if (kind == TokenModelKind.Mamba)
        {
            return new Mamba(config, vocabulary);
        }

        TokenShape? seen = isMasked ? shape : null;
        var positions = isMasked ? LearnedPositions.OfClips(shape, width, shape)
            : isMdGpt && !config.Use1dPosEmb ? LearnedPositions.OfClips(Twice(shape), width, shape)
            : LearnedPositions.Numbered(config.BlockSize, width);
        IEnumerable<TokenBlock> blocks = kind == TokenModelKind.NanoGptMamba ? [new MambaStack(config, isRms: false)]
            : Enumerable.Range(0, config.NLayer).Select(_ => new GptBlock(config, seen, isMdGpt));
        return new Gpt(config, vocabulary, positions, blocks, seen);
    }

    /// <summary>Rows of the tables as the published code has them.</summary>
    private static TokenShape Twice(TokenShape shape) => new((2 * shape.Frames) + 1, (2 * shape.Height) + 1, (2 * shape.Width) + 1);
}
