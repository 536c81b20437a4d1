using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.TokenModel.Config;

public sealed record TokenNetworkConfig
{
    private const int MaxCodes = 1 << 17;

    [Description("Network: nanogpt, mdgpt, mamba, nanogpt-mamba or masked.")]
    public TokenModelKind Architecture { get; init; }

    [Description("Number of blocks.")]
    public int NLayer { get; init; } = 8;

    [Description("Number of attention heads.")]
    public int NHead { get; init; } = 6;

    [Description("Width of the token embeddings.")]
    public int NEmbd { get; init; } = 768;

    [Description("Context length in tokens; for mamba, the length of training windows.")]
    public int BlockSize { get; init; } = 1024;

    [Description("Vocabulary size without special tokens; if null, the size of the codebook.")]
    public int? Codes { get; init; }

    [Description("The autoencoder's model.fsq_levels, so that codes with common levels share embeddings; if null, none are shared.")]
    public IReadOnlyList<int>? CodeLevels { get; init; }

    [Description("Dropout rate; has no effect for mamba.")]
    public double Dropout { get; init; } = 0.2;

    [Description("Use biases in linear layers and normalizations.")]
    public bool Bias { get; init; } = true;

    [Description("nanogpt: attend only to every context_stride-th of the older tokens.")]
    public bool SparseContextWindow { get; init; }

    [Description("Distance between the older tokens to attend to, if sparse_context_window is true.")]
    public int ContextStride { get; init; } = 2;

    [Description("Number of most recent tokens that are all attended to, if sparse_context_window is true.")]
    public int ContextStrideStart { get; init; } = 32;

    [Description("Number of oldest tokens to drop at once when a sampled clip exceeds block_size: 1 as published, or null for half of block_size.")]
    [MayChangeOnResume]
    public int? SampleStride { get; init; }

    [Description("Context that mdgpt attends to: prev_frame, prev_row or same_frame.")]
    public ContextType ContextType { get; init; }

    [Description("mdgpt with prev_frame: number of tokens of a frame to predict per training step.")]
    public int SparseBlockSize { get; init; } = 128;

    [Description("mdgpt: learn an embedding for each token index, instead of embeddings for frame, row and column.")]
    [ConfigSpelling("use_1d_pos_emb")]
    public bool Use1dPosEmb { get; init; }

    [Description("mdgpt: train only on the last token of a sliding window, without a context.")]
    public bool OnlyPredictLast { get; init; }

    [Description("masked: add a depthwise 3 x 3 x 3 convolution before each block.")]
    public bool PositionConv { get; init; }

    /// <summary>
    /// Number of tokens to drop when the window is full: <see cref="SampleStride"/>, or half of the window.
    /// </summary>
    internal int WindowStride => SampleStride ?? Math.Max(1, BlockSize / 2);

    internal static double Product(IEnumerable<int> levels) => levels.Aggregate(1.0, (codes, count) => codes * count);

    internal void Check(ConfigRules rules)
    {
        var kind = Architecture;
        var isMdGpt = kind == TokenModelKind.MdGpt;
        rules.Require(NLayer is >= 1 and <= ConfigRules.MaxLayers, "model.n_layer", $"1 to {ConfigRules.MaxLayers}");
        rules.Require(NEmbd >= 1, "model.n_embd", "1 or more");
        rules.Require(NHead >= 1 && (NEmbd % NHead == 0 || kind is TokenModelKind.Mamba or TokenModelKind.NanoGptMamba), "model.n_head",
            $"a divisor of model.n_embd ({NEmbd})", "model.n_embd", "model.architecture");
        rules.Require(kind != TokenModelKind.Masked || NHead < 1 || (NEmbd / NHead >= 6 && NEmbd / NHead % 2 == 0), "model.n_head",
            "a number for which model.n_embd / model.n_head is even and at least 6 if model.architecture is masked", "model.architecture", "model.n_embd");
        rules.Require(BlockSize >= 1, "model.block_size", "1 or more");
        rules.Require(Codes is null or >= 1, "model.codes", "1 or more, or null");
        rules.Require(CodeLevels is null || (CodeLevels.Count > 0 && CodeLevels.All(count => count >= 2) && Product(CodeLevels) <= MaxCodes),
            "model.code_levels", $"a list of numbers, each at least 2, whose product is at most {MaxCodes}, or null");
        rules.Require(Dropout is >= 0 and < 1, "model.dropout", "at least 0 and less than 1");
        rules.Require(!SparseContextWindow || kind == TokenModelKind.NanoGpt, "model.sparse_context_window",
            "false unless model.architecture is nanogpt", "model.architecture");
        rules.Require(ContextStride >= 1, "model.context_stride", "1 or more");
        rules.Require(ContextStrideStart >= 1, "model.context_stride_start", "1 or more");
        rules.Require(SampleStride is null || (SampleStride >= 1 && SampleStride <= BlockSize), "model.sample_stride",
            $"1 to model.block_size ({BlockSize}), or null", "model.block_size");
        rules.Require(SparseBlockSize >= 1, "model.sparse_block_size", "1 or more");
        rules.Require(!OnlyPredictLast || isMdGpt, "model.only_predict_last", "false unless model.architecture is mdgpt", "model.architecture");
        rules.Require(!OnlyPredictLast || Use1dPosEmb, "model.use_1d_pos_emb", "true if model.only_predict_last is true", "model.only_predict_last");
        rules.Require(!PositionConv || kind == TokenModelKind.Masked, "model.position_conv", "false unless model.architecture is masked", "model.architecture");
        rules.Require(!Use1dPosEmb || isMdGpt, "model.use_1d_pos_emb", "false unless model.architecture is mdgpt", "model.architecture");
    }
}

public enum TokenModelKind
{
    /// <summary>Causal attention as in GPT-2 (Radford et al. 2019).</summary>
    [ConfigSpelling("nanogpt")]
    NanoGpt,

    /// <summary>GPT with cross attention to the tokens of a context and, optionally, positions with three axes.</summary>
    [ConfigSpelling("mdgpt")]
    MdGpt,

    /// <summary>Selective state spaces instead of attention (Gu and Dao 2023).</summary>
    Mamba,

    /// <summary>Mamba blocks between the embeddings and the final normalization of a GPT.</summary>
    [ConfigSpelling("nanogpt-mamba")]
    NanoGptMamba,

    /// <summary>Bidirectional attention over all tokens, some of them masked (Chang et al. 2022).</summary>
    Masked,
}

public enum ContextType
{
    /// <summary>The entire previous frame.</summary>
    [ConfigSpelling("prev_frame")]
    PrevFrame,

    /// <summary>The previous row of the same frame.</summary>
    [ConfigSpelling("prev_row")]
    PrevRow,

    /// <summary>All previous rows of the same frame.</summary>
    [ConfigSpelling("same_frame")]
    SameFrame,
}
