using System.Text.Json;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Layers.Onnx;

namespace TinySora.Engine.Families.DiffusionModels;

/// <summary>Describes the sampling loop around an exported network, so that other programs can reproduce it.</summary>
internal static class SamplingDescription
{
    private const string Loop =
        "Start with x = standard normal noise of 'shape'. For each t in 'levels', let s be the next level or, after the last one, the clean clip (signal 1, "
        + "sigma 0). Compute prediction = network(x, t); with a guidance g other than 1, prediction = p + g (network with text - p), where p is the network "
        + "without text; if 'guidance_below' is set, this applies only to levels t below it. Compute x0 from x = signal[t] x0 + sigma[t] noise and the "
        + "prediction, which depends on 'objective': noise: noise; v: signal[t] noise - sigma[t] x0; x0 and flow-x0: x0; flow: noise - x0. "
        + "If 'limited' is true, clamp x0 to [-1, 1]; with 'percentile', clamp x0 to that quantile of |x0|, at least 1, and divide x0 by the same "
        + "number. If 'variance' is learned, the output has twice as many channels, and the prediction is the first half. If 'guided_channels' is set, "
        + "guidance changes only that many channels. ddim with eta 0, and euler: x = signal[s] x0 + sigma[s] noise, noise = (x - signal[t] x0) / sigma[t]. "
        + "The final x is a clip with the pixels (x + 1) / 2, or x + 1/2 if pixel_range is half; for latents, it is x latent_deviation + latent_mean.";

    /// <param name="shape">Shape of one clip: (C, F, H, W).</param>
    /// <param name="guided">Number of channels, counted from the first, that guidance changes; <c>null</c> to change all channels.</param>
    /// <param name="isHalf">Whether pixels are in [-0.5, 0.5].</param>
    public static void Describe(
        OnnxGraph graph, ReverseProcess process, DenoisingPlan plan, long[] shape, int? guided = null, bool isHalf = false)
    {
        var schedule = process.Schedule;
        graph.Metadata[NetworkGraph.SamplingKey] = JsonSerializer.Serialize(new
        {
            shape,
            objective = ConfigNames.GetName(process.Objective),
            sampler = process.Sampler.Name,
            eta = (process.Sampler as DdimSampler)?.Eta ?? 0,
            guidance = plan.GuidanceScale,
            guidance_below = plan.GuidanceBelow,
            limited = process.ClampsX0,
            percentile = process.Percentile,
            variance = ConfigNames.GetName(process.Variance),
            guided_channels = guided,
            pixel_range = isHalf ? "half" : "one",
            levels = NoiseSchedule.GetSamplingTimesteps(schedule.Timesteps, process.Steps, process.Spacing),
            signal = Enumerable.Range(0, schedule.Timesteps).Select(t => schedule[t].Signal),
            sigma = Enumerable.Range(0, schedule.Timesteps).Select(t => schedule[t].Sigma),
            frame_milliseconds = plan.FrameMilliseconds,
            loop = Loop,
        });
    }
}
