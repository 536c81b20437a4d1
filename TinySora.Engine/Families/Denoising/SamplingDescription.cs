using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Layers.Onnx;

namespace TinySora.Engine.Families.Denoising;

/// <summary>What another program must do around a network to sample as we do, in a form that programs read.</summary>
internal static class SamplingDescription
{
    private const string Loop =
        "x = standard normal noise of 'shape'. For each t of 'levels', s being the next one, and after the last the clean clip (signal 1, sigma 0): "
        + "prediction = network(x, t); with guidance g other than 1: p = network without text, prediction = p + g (network with text - p). "
        + "x0 solves x = signal[t] x0 + sigma[t] noise together with what 'objective' says of the prediction: noise: noise; "
        + "v: signal[t] noise - sigma[t] x0; x0 and flow-x0: x0; flow: noise - x0. "
        + "x0 is clamped to [-1, 1] where 'limited', or with a percentile to that quantile of |x0|, at least 1, and divided by it. "
        + "Where 'variance' is learned a prediction has twice the channels, of which the first are the prediction; with 'guided_channels' only those move. "
        + "ddim with eta 0, and euler: x = signal[s] x0 + sigma[s] noise, noise = (x - signal[t] x0) / sigma[t]. "
        + "What comes out is a clip of pixels (x + 1) / 2, or x + 1/2 with pixel_range half, or latents: x latent_deviation + latent_mean.";

    /// <summary>Describes the model's own sampler, steps and guidance.</summary>
    /// <param name="shape">Of one clip: (C, F, H, W).</param>
    /// <param name="guided">How many channels guidance moves, from the first; null: all.</param>
    /// <param name="isHalf">Pixels are in [-0.5, 0.5].</param>
    public static void Describe(
        OnnxGraph graph, ReverseProcess process, DenoisingPlan plan, long[] shape, int? guided = null, bool isHalf = false)
    {
        var schedule = process.Schedule;
        graph.Metadata[NetworkGraph.SamplingKey] = JsonSerializer.Serialize(new
        {
            shape,
            objective = ConfigNames.Of(process.Objective),
            sampler = process.Sampler.Name,
            eta = (process.Sampler as DdimSampler)?.Eta ?? 0,
            guidance = plan.GuidanceScale,
            limited = process.IsLimited,
            percentile = process.Percentile,
            variance = ConfigNames.Of(process.Variance),
            guided_channels = guided,
            pixel_range = isHalf ? "half" : "one",
            levels = NoiseSchedule.Respaced(schedule.Timesteps, process.Steps, process.Spacing),
            signal = Enumerable.Range(0, schedule.Timesteps).Select(t => schedule[t].Signal),
            sigma = Enumerable.Range(0, schedule.Timesteps).Select(t => schedule[t].Sigma),
            frame_milliseconds = plan.FrameMilliseconds,
            loop = Loop,
        });
    }
}
