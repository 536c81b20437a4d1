namespace TinySora.Engine.Families;

/// <summary>The content of a PyTorch file of weights, by the program that reads it.</summary>
public enum PublishedForm
{
    /// <summary>step, model, ema and scaler: TinySora, Tiny SORA, Latte, and minisora's transformers.</summary>
    Checkpoint,

    /// <summary>The weights by their names and nothing else: Open-Sora and the Latte tutorial.</summary>
    StateDict,

    /// <summary>state_dict and hyper_parameters, as Lightning saves a module: minisora's autoencoder, and VideoGPT's.</summary>
    Lightning,

    /// <summary>nanoGPT's form: <c>model</c>, <c>model_args</c> and <c>config</c>.</summary>
    NanoGpt,
}
