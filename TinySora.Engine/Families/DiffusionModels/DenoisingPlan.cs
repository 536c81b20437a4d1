using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;

namespace TinySora.Engine.Families.DiffusionModels;

/// <summary>How a diffusion model samples a video, after defaults are applied to the requested settings.</summary>
/// <param name="Steps">Number of sampling steps.</param>
/// <param name="GuidanceScale">Guidance scale; 1 for no guidance.</param>
internal sealed record DenoisingPlan(ISampler Sampler, int Steps, double GuidanceScale, ClipStart Start, ClipShape Shape)
    : SamplingPlan(Steps, Start, Shape)
{
    /// <summary>Timestep below which guidance applies (Kynkäänniemi et al. 2024); <c>null</c> for guidance at all timesteps.</summary>
    public int? GuidanceBelow { get; init; }

    public override IReadOnlyDictionary<string, object> Settings
    {
        get
        {
            var settings = new Dictionary<string, object>(Sizes)
            {
                [Setting.GuidanceScale] = GuidanceScale, [Setting.Steps] = Steps, [Setting.Sampler] = Sampler.Name,
            };
            if (Sampler is DdimSampler ddim)
            {
                settings[Setting.Eta] = ddim.Eta;
            }

            return settings;
        }
    }

    /// <summary>Returns the guidance scale at a timestep.</summary>
    public double ScaleAt(int t) => t < (GuidanceBelow ?? int.MaxValue) ? GuidanceScale : 1;
}
