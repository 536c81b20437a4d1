using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.TokenModel.Config;

/// <summary>The networks that predict tokens.</summary>
public enum TokenModelKind
{
    /// <summary>Causal attention, each token after those before it, in the form of GPT-2 (Radford et al. 2019).</summary>
    [Spelled("nanogpt")]
    NanoGpt,

    /// <summary>A GPT with cross attention to tokens of a context, and positions that may have three axes.</summary>
    [Spelled("mdgpt")]
    MdGpt,

    /// <summary>Selective state spaces in place of attention (Gu and Dao 2023).</summary>
    Mamba,

    /// <summary>Mamba's blocks between the embeddings and the norm of the GPT.</summary>
    [Spelled("nanogpt-mamba")]
    NanoGptMamba,

    /// <summary>Attention of all tokens to all, of which some are masked (Chang et al. 2022).</summary>
    Masked,
}
