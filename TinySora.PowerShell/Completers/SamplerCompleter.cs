using TinySora.Engine.Diffusion;

namespace TinySora.PowerShell.Completers;

/// <summary>The samplers that the engine has.</summary>
public sealed class SamplerCompleter : NameCompleter
{
    protected override IEnumerable<string> Names => Samplers.Names;
}
