using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Config;

/// <summary>The <c>tokens</c> section: the source of the tokens.</summary>
public sealed record CodecConfig
{
    [Description("Checkpoint or run of the autoencoder, or the name of a bundled one.")]
    [MayChangeOnResume]
    public string Codec { get; init; } = "./saved_vae";
}

/// <summary>The <c>text</c> section: text conditioning by a single vector that is added to every token.</summary>
public sealed record PooledTextConfig
{
    [Description("Text encoder: none, learned (trained with the model), or clip or bert (frozen, from local files).")]
    public TextEncoderKind Encoder { get; init; } = TextEncoderKind.None;

    [Description("Folder of the CLIP or BERT model in Hugging Face layout.")]
    [MayChangeOnResume]
    public string Path { get; init; } = "./text_encoder";

    [Description("Width of the learned text vector.")]
    public int Width { get; init; } = 128;

    /// <summary>Text encoder; <c>null</c> if the model does not use text.</summary>
    internal TextEncoderChoice? Choice => Encoder == TextEncoderKind.None ? null : new(Encoder) { Path = Path, LearnedWidth = Width };
}

/// <summary>Size of a clip in tokens. Tokens are ordered by frame, row and column.</summary>
internal readonly record struct TokenShape(int Frames, int Height, int Width)
{
    /// <summary>Number of tokens per frame.</summary>
    public int TokensPerFrame => Height * Width;

    public int Count => Frames * TokensPerFrame;

    /// <summary>Returns the frame, row and column of each token.</summary>
    /// <param name="places">Indices of tokens in a clip, (...) int64.</param>
    /// <returns>(..., 3) int64.</returns>
    public Tensor Positions(Tensor places)
    {
        var frame = places.div(TokensPerFrame, RoundingMode.floor);
        var rest = places - (frame * TokensPerFrame);
        var row = rest.div(Width, RoundingMode.floor);
        return stack([frame, row, rest - (row * Width)], -1);
    }
}

/// <summary>Default settings for sampling tokens.</summary>
public sealed record TokenSamplingConfig
{
    /// <summary>Sampling settings that all token models have.</summary>
    internal static IReadOnlyList<Setting> Settings { get; } =
    [
        new(Setting.GuidanceScale, SettingKind.Number, "Guidance scale: how strongly the video follows the prompt; 1 disables guidance."),
        new(Setting.Temperature, SettingKind.Number, "Divisor of the logits; 0 always takes the most likely token."),
        new(Setting.TopK, SettingKind.WholeNumber, "Top-k sampling: number of most likely tokens to sample from."),
        new(Setting.TopP, SettingKind.Number, "Top-p sampling: total probability of the most likely tokens to sample from."),
        new(Setting.Frames, SettingKind.WholeNumber, "Number of frames of the video."),
        new(Setting.FramesPerSecond, SettingKind.Number, "Playback speed of the video in frames per second."),
    ];

    /// <summary>Additional sampling settings that masked transformers have.</summary>
    internal static IReadOnlyList<Setting> MaskedSettings { get; } =
    [
        new(Setting.Steps, SettingKind.WholeNumber, "Number of sampling steps. Each step unmasks more tokens."),
        new(Setting.MaskTemperature, SettingKind.Number, "Amount of noise in the order in which tokens are unmasked, which decreases with each step; 0 "
            + "unmasks the most confident tokens first."),
    ];

    [Description("Divisor of the logits; 0 always takes the most likely token.")]
    [MayChangeOnResume]
    public double Temperature { get; init; } = 1;

    [Description("Top-k sampling: number of most likely tokens to sample from; if null, all tokens are candidates.")]
    [MayChangeOnResume]
    public int? TopK { get; init; }

    [Description("Top-p sampling: total probability of the most likely tokens to sample from; if null, all tokens are candidates.")]
    [MayChangeOnResume]
    public double? TopP { get; init; }

    [Description("Default guidance scale; 1 disables guidance.")]
    [MayChangeOnResume]
    public double GuidanceScale { get; init; } = 1;

    [Description("masked: number of sampling steps.")]
    [MayChangeOnResume]
    public int SamplingSteps { get; init; } = 12;

    [Description("masked: scale of the noise added to the confidence of tokens; the noise falls to 0 by the last step.")]
    [MayChangeOnResume]
    public double MaskTemperature { get; init; } = 4.5;

    internal void Check(ConfigRules rules)
    {
        rules.Require(Temperature >= 0, "sampling.temperature", "0 or more");
        rules.Require(TopK is null or >= 1, "sampling.top_k", "1 or more, or null");
        rules.Require(TopP is null or (> 0 and <= 1), "sampling.top_p", "a number above 0 and at most 1, or null");
        rules.Require(GuidanceScale >= 0, "sampling.guidance_scale", "0 or more");
        rules.Require(SamplingSteps >= 1, "sampling.sampling_steps", "1 or more");
        rules.Require(MaskTemperature >= 0, "sampling.mask_temperature", "0 or more");
    }
}
