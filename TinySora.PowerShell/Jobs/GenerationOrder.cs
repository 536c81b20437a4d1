using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Cmdlets.Generation;

namespace TinySora.PowerShell.Jobs;

/// <summary>A request, and with what it is to be made.</summary>
/// <param name="Checkpoint">A file or folder.</param>
internal sealed record GenerationOrder(GenerationRequest Request, string Checkpoint, CheckpointWeights Weights)
{
    /// <summary>The command line names the checkpoint, for all: it is taken whatever a recipe says.</summary>
    public bool IsNamed { get; init; }

    /// <summary>All take this checkpoint: without it nothing can be made.</summary>
    public bool IsForAll { get; init; }

    /// <summary>Nobody named the checkpoint: it is the one that is usual.</summary>
    public bool IsUsual { get; init; }

    /// <summary>The hash of the model that a recipe was made with; null: any model.</summary>
    public string? ModelHash { get; init; }

    /// <summary>The conditions that a recipe was made under; of other requests all are null.</summary>
    public required SamplingConditions Recorded { get; init; }

    /// <summary>Where it was asked for, which errors name.</summary>
    public required PipedObject Row { get; init; }

    /// <summary>What is wrong with it where the model takes prompts; null: nothing.</summary>
    public TinySoraException? Promptless { get; init; }

    /// <summary>The video in words, as shown in questions and while it is made.</summary>
    public string What => (string.IsNullOrEmpty(Request.Prompt) ? "a video without a prompt" : $"'{Request.Prompt}'")
        + (Request.NegativePrompt is null ? "" : $" without '{Request.NegativePrompt}'");
}
