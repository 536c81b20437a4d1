using TinySora.Engine.Configuration;

namespace TinySora.Engine.Diffusion;

/// <summary>What the network predicts: always a mixture of the noise ε and the clean clip x₀.</summary>
public enum Objective
{
    /// <summary>The noise ε (Ho et al. 2020).</summary>
    Noise,

    /// <summary>The velocity v = Signal·ε − Sigma·x₀ (Salimans and Ho 2022).</summary>
    V,

    /// <summary>The clean clip x₀.</summary>
    X0,

    /// <summary>The velocity ε − x₀ of the straight path between clip and noise (Liu et al. 2022).</summary>
    Flow,

    /// <summary>x₀ on the straight path, its error counted as that of the velocity it implies (JiT, Li and He 2025).</summary>
    [Spelled("flow-x0")]
    FlowX0,
}
