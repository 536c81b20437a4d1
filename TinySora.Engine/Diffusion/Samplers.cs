using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Diffusion;

/// <summary>The samplers by name.</summary>
public static class Samplers
{
    /// <summary>What configurations say of their key <c>sampler</c>.</summary>
    public const string Description = "Sampler used when none is asked for: ddpm, ddim, dpm++2m, euler or heun.";

    /// <summary>What configurations say of their key <c>sampling_steps</c>.</summary>
    public const string StepsDescription =
        "Sampling steps of any sampler when none are asked for; null: T for ddpm, 10 for heun (two passes each), 20 for the others.";

    /// <summary>What configurations say of their key <c>ddim_eta</c>.</summary>
    public const string EtaDescription = "New noise in each step of ddim: 0 none, 1 as much as ddpm.";

    private static readonly ISampler[] All =
        [new DdpmSampler(), new DdimSampler(), new DpmSolverSampler(), new EulerSampler(), new HeunSampler()];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(s => s.Name)];

    /// <summary>The sampler with the name that files and commands use.</summary>
    /// <exception cref="TinySoraException">TinySora.Model.UnknownSampler; as <see cref="Get(SamplerKind, double?)"/>.</exception>
    public static ISampler Get(string name, double? eta = null) =>
        ConfigNames.Find(typeof(SamplerKind), name) is SamplerKind kind
            ? Get(kind, eta)
            : throw ModelErrors.UnknownSampler(name, Names);

    /// <param name="eta">Of ddim, from 0 to 1; null: what the sampler has by itself.</param>
    /// <exception cref="TinySoraException">TinySora.Model.EtaUnused, EtaOutOfRange.</exception>
    public static ISampler Get(SamplerKind kind, double? eta = null)
    {
        var sampler = All.First(s => s.Kind == kind);
        return eta switch
        {
            null => sampler,
            _ when sampler is not DdimSampler => throw ModelErrors.EtaUnused(sampler.Name),
            >= 0 and <= 1 => new DdimSampler(eta.Value),
            _ => throw ModelErrors.EtaOutOfRange(eta.Value),
        };
    }
}
