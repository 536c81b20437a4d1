using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Onnx;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>Module with all trained parameters: <c>denoise_fn.*</c> (with the original names) and <c>text.*</c>.</summary>
public sealed class TextToVideo : nn.Module
{
    private readonly UNet3D denoise_fn;
    private readonly LearnedTextEncoder? text;

    /// <param name="encoder">Text encoder that is trained with the model; <c>null</c> if there is none.</param>
    public TextToVideo(UNet3D denoiser, LearnedTextEncoder? encoder)
        : base(nameof(TextToVideo))
    {
        denoise_fn = denoiser;
        text = encoder;
        RegisterComponents();
    }

    /// <inheritdoc cref="UNet3D.forward"/>
    /// <param name="t">Timesteps (B).</param>
    /// <param name="cond">Text vectors (B, condDim); <c>null</c> in an unconditional model.</param>
    /// <param name="dropped">Mask (B) of clips whose text is dropped.</param>
    /// <param name="focusPresent">Mask (B) of clips in which each frame attends only to itself.</param>
    public Tensor Predict(Tensor x, Tensor t, Tensor? cond, Tensor? dropped, Tensor? focusPresent = null) =>
        (Tensor)denoise_fn.forward(x, t, cond, dropped, focusPresent);

    /// <summary>Writes a graph of the network and of a trained text encoder, which maps noisy clips, timesteps and texts to predictions.</summary>
    /// <param name="shape">Shape of one clip: (C, F, H, W).</param>
    /// <param name="condDim">Width of conditioning vectors that replace texts; <c>null</c> if the model is not conditioned on vectors.</param>
    public void Write(OnnxGraph graph, long[] shape, int? condDim)
    {
        var x = graph.Input("x", OnnxType.Float32, [OnnxGraph.Batch, .. shape]);
        var level = graph.Input("level", OnnxType.Float32, OnnxGraph.Batch);
        AnyTensor? cond = null, absent = null;
        if (text is not null)
        {
            var tokens = graph.Input("tokens", OnnxType.Int64, OnnxGraph.Batch, WordTokenizer.MaxLength);
            (cond, absent) = text.Write(tokens);
        }
        else if (condDim is int width)
        {
            cond = graph.Input("vector", OnnxType.Float32, OnnxGraph.Batch, width);
            absent = graph.Input("absent", OnnxType.Bool, OnnxGraph.Batch);
        }

        graph.Output("prediction", denoise_fn.forward(x, level, cond, absent));
    }

    /// <summary>
    /// Applies classifier-free guidance (Ho and Salimans 2022): from + scale · (prompt − from), where from is the prediction for the negative prompt or the
    /// null vector. Both predictions come from one pass over a batch of double size. At scale 1, or without conditioning, only the prompt's prediction is
    /// computed.
    /// </summary>
    /// <param name="t">Timestep of all clips.</param>
    /// <param name="negative">Condition to move away from; <c>null</c> for the null vector.</param>
    public Tensor PredictGuided(Tensor x, int t, Condition prompt, Condition? negative, double scale)
    {
        if (prompt.Vectors is null || scale == 1)
        {
            return Predict(x, Levels(x.shape[0]), prompt.Vectors, prompt.Absent);
        }

        var vectors = cat([negative?.Vectors ?? prompt.Vectors, prompt.Vectors]);
        var absent = cat([negative?.Absent ?? ones_like(prompt.Absent), prompt.Absent]);
        var both = Predict(x, Levels(2 * x.shape[0]), vectors, absent).chunk(2);
        return both[0] + (both[1] - both[0]) * scale;

        Tensor Levels(long count) => full([count], t, ScalarType.Int64, x.device);
    }
}
