namespace TinySora.Engine.Training.Export;

public enum ExportFormat
{
    /// <summary>The published code's checkpoint: step, model, ema and scaler.</summary>
    PyTorch,

    /// <summary>One set of weights under the published code's names.</summary>
    Safetensors,

    /// <summary>The networks with one set of weights, for ONNX Runtime and other programs that run graphs of ONNX.</summary>
    Onnx,

    /// <summary>A page that makes clips in a browser, without TinySora and without a network connection.</summary>
    Html,
}
