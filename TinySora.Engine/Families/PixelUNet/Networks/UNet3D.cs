using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>
/// Tiny SORA's denoising network: a U-Net over frames, with temporal attention at every level (Ho et al. 2022, Video Diffusion Models). Fields have the
/// original names, because they become the keys in a checkpoint. The network has 41 801 859 parameters in the published configuration. Internally, clips
/// are (B, F, H, W, C); see <see cref="Conv"/>.
/// </summary>
public sealed class UNet3D : nn.Module
{
    private readonly Parameter? null_cond_emb;
    private readonly RelativePositionBias time_rel_pos_bias;
    private readonly Conv init_conv;
    private readonly Residual<TemporalAttention> init_temporal_attn;
    private readonly Sequential time_mlp;
    private readonly FrameTextMlp? frame_mlp;
    private readonly SpatialTextConditioning? text_field;
    private readonly ModuleList<UNetLevel> downs = new();
    private readonly ResBlock mid_block1;
    private readonly Residual<SpatialAttention> mid_spatial_attn;
    private readonly Residual<TemporalAttention> mid_temporal_attn;
    private readonly TextAttention? mid_text_attn;
    private readonly ResBlock mid_block2;
    private readonly ModuleList<UNetLevel> ups = new();
    private readonly ModuleList<nn.Module> final_conv;

    private readonly ModelConfig _config;

    /// <param name="config">
    /// Configuration whose <c>CondDim</c> is the width of the text vector from any source, or <c>null</c> if there is no conditioning.
    /// </param>
    public UNet3D(ModelConfig config)
        : base(nameof(UNet3D))
    {
        _config = config;
        var initDim = config.InitDim ?? config.Dim;
        var timeDim = 4 * config.Dim;
        var condition = timeDim + (config.CondDim ?? 0);
        var pixels = config.Channels * config.Stem * config.Stem;
        var rotary = new RotaryEmbedding(config.AttnDimHead);
        Residual<TemporalAttention> Temporal(int channels) => TemporalAttention.CreateResidual(channels, config, rotary);

        time_rel_pos_bias = new RelativePositionBias(config.AttnHeads);
        init_conv = new Conv(pixels, initDim, config.InitKernelSize, padding: config.InitKernelSize / 2);
        init_temporal_attn = Temporal(initDim);
        time_mlp = nn.Sequential(
            new SinusoidalEmbedding(config.Dim), new Linear(config.Dim, timeDim), nn.GELU(), new Linear(timeDim, timeDim));
        null_cond_emb = config.CondDim is int condDim ? WeightInitialization.Normal(1, 1, condDim) : null;
        frame_mlp = config.FrameTextCond ? new FrameTextMlp(config.Dim, config.CondDim, timeDim) : null;
        text_field = config.TextField ? new SpatialTextConditioning(config.CondDim, timeDim, initDim) : null;

        int[] widths = [initDim, .. config.DimMults.Select(m => config.Dim * m)];
        var last = widths.Length - 1;
        for (var i = 0; i < last; i++)
        {
            var half = i < last - 1 ? new Conv(widths[i + 1], widths[i + 1], kernel: 4, stride: 2, padding: 1) : null;
            downs.Add(UNetLevel.Create(config, widths[i], widths[i + 1], condition, rotary, half));
        }

        mid_block1 = new ResBlock(widths[last], widths[last], condition);
        mid_spatial_attn = new(widths[last], new SpatialAttention(widths[last], config.AttnHeads, headWidth: 32));
        mid_temporal_attn = Temporal(widths[last]);
        mid_text_attn = TextAttention.OrNull(config, widths[last]);
        mid_block2 = new ResBlock(widths[last], widths[last], condition);

        for (var i = last - 1; i >= 0; i--)
        {
            ups.Add(UNetLevel.Create(config, 2 * widths[i + 1], widths[i], condition, rotary, i > 0 ? new UpConv(widths[i]) : null));
        }

        final_conv = new(new ResBlock(2 * initDim, config.Dim, condition: null), new Conv(config.Dim, pixels, kernel: 1));
        RegisterComponents();
    }

    public int SizeMultiple => _config.SizeMultiple;

    /// <param name="x">
    /// Noisy clips (B, C, F, H, W). If there are fewer clips than timesteps, the clips are repeated, but work that depends only on the clips is done once.
    /// </param>
    /// <param name="time">Timesteps (B).</param>
    /// <param name="cond">Text vectors (B, condDim); <c>null</c> for the null vector in all clips.</param>
    /// <param name="dropped">Mask (B) of clips that get the null vector instead of their text.</param>
    /// <param name="focusPresent">Mask (B) of clips in which each frame attends only to itself, except in the first attention layer.</param>
    /// <param name="text">Tokens of the texts, if the network attends to them.</param>
    /// <returns>Prediction (B, C, F, H, W) float32, see <see cref="Diffusion.Objective"/>.</returns>
    /// <exception cref="TinySoraException">TinySora.Model.InputShape.</exception>
    public AnyTensor forward(AnyTensor x, AnyTensor time, AnyTensor? cond = null, AnyTensor? dropped = null, Tensor? focusPresent = null,
        TextTokens? text = null)
    {
        CheckShape(x.shape);
        var positions = FramePositions.Create((int)x.shape[2], _config.AttnDimHead, time_rel_pos_bias, x);
        cond = OrNull(cond, dropped, time.shape[0]);
        var condition = Condition(time, cond, (int)x.shape[2]);                               // (B, 1 or F, E)
        x = init_conv.forward(PixelBlocks.SpaceToDepth(x, _config.Stem)).ToFloat32();                 // (B, F, H/s, W/s, initDim)
        x = text_field is null ? x : Copies(x, time) + text_field.forward(cond, x.shape, x.device);
        x = Copies(init_temporal_attn.forward(x, positions), time);
        positions = positions.WithFocusPresent(focusPresent);
        var skips = new Stack<AnyTensor>([x]);

        foreach (var level in downs)
        {
            x = level.Transform(x, condition, positions, text);
            skips.Push(x);
            x = level.Resample(x);
        }

        x = mid_spatial_attn.forward(mid_block1.forward(x, condition));
        x = mid_text_attn is null ? x : mid_text_attn.forward(x, text!);
        x = mid_block2.forward(mid_temporal_attn.forward(x, positions), condition);
        foreach (var level in ups)
        {
            x = level.Resample(level.Transform(Join(x, skips.Pop()), condition, positions, text));
        }

        x = ((ResBlock)final_conv[0]).forward(Join(x, skips.Pop()));
        return PixelBlocks.DepthToSpace(((Conv)final_conv[1]).forward(x).ToFloat32(), _config.Stem);
    }

    /// <returns>Text vectors (B, condDim), with the null vector for clips without text; <c>null</c> if the model does not use text.</returns>
    public AnyTensor? OrNull(AnyTensor? cond, AnyTensor? dropped, long clips)
    {
        cond ??= null_cond_emb?.expand(clips, -1);
        return null_cond_emb is null ? null : dropped is null ? cond : AnyTensor.where(dropped.unsqueeze(1), null_cond_emb, cond!);
    }

    /// <returns>One conditioning vector per clip or per frame, (B, 1 or F, 4·dim + condDim).</returns>
    private AnyTensor Condition(AnyTensor time, AnyTensor? cond, int frames)
    {
        var vector = time_mlp.forward(time).unsqueeze(1);
        vector = frame_mlp is null ? vector : vector + frame_mlp.forward(cond, frames, time);
        return cond is null ? vector : AnyTensor.cat([vector, cond.unsqueeze(1).expand(-1, vector.shape[1], -1)], -1);
    }

    /// <summary>Repeats the clips so that there is one for each timestep.</summary>
    private static AnyTensor Copies(AnyTensor x, AnyTensor time) =>
        x.shape[0] == time.shape[0] ? x : x.repeat(time.shape[0] / x.shape[0], 1, 1, 1, 1);

    private static AnyTensor Join(AnyTensor x, AnyTensor skip) => AnyTensor.cat([x.ToComputeType(), skip.ToComputeType()], -1);

    private void CheckShape(long[] shape)
    {
        if (shape.Length != 5 || shape[1] != _config.Channels || shape[3] % SizeMultiple != 0 || shape[4] % SizeMultiple != 0)
        {
            throw ModelErrors.InputShape(shape, _config.Channels, SizeMultiple);
        }
    }
}
