namespace TinySora.Engine.Diffusion;

/// <summary>How the levels are spaced that a sampler of fewer steps visits.</summary>
public enum StepSpacing
{
    /// <summary>Evenly apart from the noisiest on, so that the last step is as long as the others (Lin et al. 2023).</summary>
    Trailing,

    /// <summary>Evenly from the noisiest to the cleanest, both among them (Nichol and Dhariwal 2021).</summary>
    Even,
}
