using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;

namespace TinySora.Engine.Families.Denoising;

/// <summary>The sampler, steps and guidance with which clips are denoised.</summary>
/// <param name="Steps">Of the sampler.</param>
/// <param name="GuidanceScale">1: no guidance.</param>
internal sealed record DenoisingPlan(ISampler Sampler, int Steps, double GuidanceScale, ClipStart Start, ClipShape Shape)
    : SamplingPlan(Steps, Start, Shape)
{
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
}
