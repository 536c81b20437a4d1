namespace TinySora.Engine.Training.Checkpoints;

public enum ExportFormat
{
    /// <summary>The published code's checkpoint: step, model, ema and scaler.</summary>
    PyTorch,

    /// <summary>One set of weights under the published code's names.</summary>
    Safetensors,
}
