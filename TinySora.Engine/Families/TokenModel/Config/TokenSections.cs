using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Config;

/// <summary>The section <c>tokens</c>: where the tokens come from.</summary>
public sealed record CodecConfig
{
    [Description("Checkpoint or run of the autoencoder, or a bundled one.")]
    [MayChangeOnResume]
    public string Codec { get; init; } = "./saved_vae";
}

/// <summary>What is told of captions: one vector, added to every token.</summary>
public sealed record PooledTextConfig
{
    [Description("none; learned: trained with the model; clip or bert: frozen, from local files.")]
    public TextEncoderKind Encoder { get; init; } = TextEncoderKind.None;

    [Description("Folder of clip or bert in Hugging Face layout.")]
    [MayChangeOnResume]
    public string Path { get; init; } = "./text_encoder";

    [Description("Width of the learned text vector.")]
    public int Width { get; init; } = 128;

    /// <summary>The text encoder; null: the model takes no text.</summary>
    internal TextEncoderChoice? Choice => Encoder == TextEncoderKind.None ? null : new(Encoder) { Path = Path, LearnedWidth = Width };
}

/// <summary>The shape of a clip in tokens, which are in the order of frames, rows and columns.</summary>
internal readonly record struct TokenShape(int Frames, int Height, int Width)
{
    /// <summary>The number of tokens of a frame.</summary>
    public int OfFrame => Height * Width;

    public int Count => Frames * OfFrame;

    /// <summary>Frame, row and column of tokens.</summary>
    /// <param name="places">(...) int64: their numbers in a clip.</param>
    /// <returns>(..., 3) int64.</returns>
    public Tensor Positions(Tensor places)
    {
        var frame = places.div(OfFrame, RoundingMode.floor);
        var rest = places - (frame * OfFrame);
        var row = rest.div(Width, RoundingMode.floor);
        return stack([frame, row, rest - (row * Width)], -1);
    }
}

/// <summary>How tokens are drawn when nothing else is asked for.</summary>
public sealed record TokenSamplingConfig
{
    /// <summary>What can be asked for of every network of tokens.</summary>
    internal static IReadOnlyList<Setting> Settings { get; } =
    [
        new(Setting.GuidanceScale, SettingKind.Number, "How far to go towards the prompt; 1: no guidance."),
        new(Setting.Temperature, SettingKind.Number, "What logits are divided by; 0: always the likeliest token."),
        new(Setting.TopK, SettingKind.WholeNumber, "Draw among so many of the likeliest tokens."),
        new(Setting.TopP, SettingKind.Number, "Draw among the likeliest tokens that together have this probability."),
        new(Setting.Frames, SettingKind.WholeNumber, "Frames of the video."),
        new(Setting.FramesPerSecond, SettingKind.Number, "How fast it is shown."),
    ];

    /// <summary>What can be asked of a masked transformer besides.</summary>
    internal static IReadOnlyList<Setting> SettingsOfMasked { get; } =
    [
        new(Setting.Steps, SettingKind.WholeNumber, "Sampling steps, each of which uncovers more tokens."),
        new(Setting.MaskTemperature, SettingKind.Number, "Noise on which tokens are uncovered first, which shrinks from step to step; 0: the surest ones."),
    ];

    [Description("Divides the logits; 0: greedy.")]
    [MayChangeOnResume]
    public double Temperature { get; init; } = 1;

    [Description("Sample from this number of the likeliest tokens; null: all.")]
    [MayChangeOnResume]
    public int? TopK { get; init; }

    [Description("Sample from the likeliest tokens with this total probability; null: all.")]
    [MayChangeOnResume]
    public double? TopP { get; init; }

    [Description("Guidance scale; 1: no guidance.")]
    [MayChangeOnResume]
    public double GuidanceScale { get; init; } = 1;

    [Description("masked: sampling steps.")]
    [MayChangeOnResume]
    public int SamplingSteps { get; init; } = 12;

    [Description("masked: noise on the confidence, which falls to 0 at the last step; 0: none.")]
    [MayChangeOnResume]
    public double MaskTemperature { get; init; } = 4.5;

    internal void Check(ConfigRules rules)
    {
        rules.Require(Temperature >= 0, "sampling.temperature", "0 or more");
        rules.Require(TopK is null or >= 1, "sampling.top_k", "1 or more, or null");
        rules.Require(TopP is null or (> 0 and <= 1), "sampling.top_p", "above 0, at most 1, or null");
        rules.Require(GuidanceScale >= 0, "sampling.guidance_scale", "0 or more");
        rules.Require(SamplingSteps >= 1, "sampling.sampling_steps", "1 or more");
        rules.Require(MaskTemperature >= 0, "sampling.mask_temperature", "0 or more");
    }
}
