using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>A model that makes videos.</summary>
public interface IVideoModel
{
    /// <summary>The shape of the videos, before they are written.</summary>
    ClipShape Shape { get; }

    /// <summary>What prompts can be, of a model that knows classes; empty for any other.</summary>
    IReadOnlyList<string> Classes => [];

    /// <summary>The plan for the settings that were asked for, with everything else decided.</summary>
    /// <exception cref="TinySoraException">A setting is out of its range, or does not go with another.</exception>
    SamplingPlan Resolve(GenerationSettings asked);

    /// <summary>Words of a prompt that the model has never seen; empty where it can spell any word.</summary>
    /// <exception cref="TinySoraException">The prompt cannot be read.</exception>
    IReadOnlyList<string> UnknownWords(string prompt) => [];

    /// <summary>The videos of one batch, with the weights that the model has now.</summary>
    /// <param name="plan">Of <see cref="Resolve"/>.</param>
    /// <param name="observer">Null: nobody looks on.</param>
    /// <returns>(B, C, F, H, W) float32 in [0, 1], on the CPU.</returns>
    /// <exception cref="TinySoraException">A prompt cannot be read, or the model does not take it.</exception>
    Tensor Sample(SamplingPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation);
}

/// <summary>A model that makes videos, as families write it: its plans have their own type.</summary>
public interface IVideoModel<TPlan> : IVideoModel
    where TPlan : SamplingPlan
{
    /// <inheritdoc cref="IVideoModel.Resolve"/>
    new TPlan Resolve(GenerationSettings asked);

    /// <inheritdoc cref="IVideoModel.Sample"/>
    Tensor Sample(TPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation);

    SamplingPlan IVideoModel.Resolve(GenerationSettings asked) => Resolve(asked);

    Tensor IVideoModel.Sample(SamplingPlan plan, IReadOnlyList<ClipPrompt> clips, ISamplingObserver? observer, CancellationToken cancellation) =>
        Sample((TPlan)plan, clips, observer, cancellation);
}
