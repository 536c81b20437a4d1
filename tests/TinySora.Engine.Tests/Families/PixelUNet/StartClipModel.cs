using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.PixelUNet;

/// <summary>Tests of clips that a small model with random weights generates from other clips.</summary>
public abstract class StartClipModel : IDisposable
{
    private protected static readonly RunConfig Config = new()
    {
        Family = new PixelUNetConfig { Model = new ModelConfig
        {
            Dim = 8, DimMults = [1, 2], InitKernelSize = 3, AttnHeads = 2, AttnDimHead = 8, TextEncoder = TextEncoderKind.Learned, CondDim = 8,
        }, Diffusion = new DiffusionConfig { Height = 8, Frames = 3, Timesteps = 20, Objective = Objective.V, Sampler = SamplerKind.Ddim, SamplingSteps = 4 } },
    };

    private protected readonly PixelUNetTask task;

    private readonly DisposeScope scope = NewDisposeScope();

    protected StartClipModel()
    {
        manual_seed(1);
        task = PixelUNetTask.Create(Config.Of<PixelUNetConfig>(), ["a red circle"], CPU);
    }

    public void Dispose()
    {
        task.Dispose();
        scope.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Tensor Sample(SourceClipStart start) => Sample(new SampleRequest([null], [1]) { Between = start });

    private protected Tensor Sample(SampleRequest request) => task.Sample(request, null, default);
}
