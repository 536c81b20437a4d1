using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Onnx;
using TinySora.Engine.Layers.Recorded;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>
/// Everything that a checkpoint stores: the parameters <c>network.*</c> and <c>text.*</c>, in a distillation also <c>critic.*</c>, and the normalization of
/// latents.
/// </summary>
internal sealed partial class LatentDenoiser : nn.Module
{
    public const string NetworkName = nameof(network);
    public const string TextName = nameof(text);
    public const string CriticName = nameof(critic);

    private readonly LatentNetwork network;
    private readonly LearnedTextEncoder? text;
    private LatentNetwork? critic;

    /// <param name="encoder">Text encoder that is trained with the model; <c>null</c> if there is none.</param>
    /// <param name="channels">Number of latent channels.</param>
    public LatentDenoiser(LatentNetwork network, LearnedTextEncoder? encoder, int channels)
        : base(nameof(LatentDenoiser))
    {
        this.network = network;
        text = encoder;
        latent_mean = zeros([channels], ScalarType.Float32);
        latent_deviation = ones([channels], ScalarType.Float32);
        RegisterComponents();
    }

    /// <summary>Returns whether forward passes on a device can be recorded in float32.</summary>
    public bool CanRecordOn(Device device) => network.IsRecordable && Recording.FindProblem(device) is null;

    /// <inheritdoc cref="ITrainingTask.RecordingProblem"/>
    public string? RecordingProblem => network.RecordingProblem;

    /// <inheritdoc cref="LatentNetwork.forward(AnyTensor, AnyTensor, NetworkCondition)"/>
    public Tensor Predict(Tensor x, Tensor t, NetworkCondition condition) => network.forward(x, t, condition);

    /// <summary>Adds a critic with the weights of a teacher.</summary>
    /// <param name="network">Network of the teacher's shape, with any weights.</param>
    /// <param name="takesAll">Whether to also copy the teacher's weights and normalization to this model.</param>
    public void AddCritic(LatentNetwork network, LatentDenoiser teacher, bool takesAll)
    {
        Copy(teacher.network, network);
        if (takesAll)
        {
            Copy(teacher, this);
        }

        critic = network;
        register_module(CriticName, network);

        static void Copy(nn.Module from, nn.Module to)
        {
            using var nothing = no_grad();
            var values = from.state_dict();
            foreach (var (name, value) in to.state_dict())
            {
                value.copy_(values[name]);
            }
        }
    }

    /// <summary>Returns the critic's prediction in a distillation.</summary>
    /// <inheritdoc cref="LatentNetwork.forward(AnyTensor, AnyTensor, NetworkCondition)"/>
    public Tensor Criticize(Tensor x, Tensor t, NetworkCondition condition) => critic!.forward(x, t, condition);

    /// <summary>Writes a graph of the network and of a trained text encoder, which maps noisy latents, timesteps and conditions to predictions.</summary>
    /// <param name="shape">Shape of one clip's latents: (C, F, H, W).</param>
    /// <param name="levels">Number of timesteps T.</param>
    /// <param name="classes">Number of classes, which is also the label for clips without a class; <c>null</c> if the model has no classes.</param>
    /// <param name="textWidth">Width D of text embeddings; <c>null</c> if the model does not use text.</param>
    /// <param name="textTokens">Number L of embeddings per text.</param>
    public void Write(OnnxGraph graph, long[] shape, int levels, int? classes, int? textWidth, int textTokens)
    {
        var x = graph.Input("x", OnnxType.Float32, [OnnxGraph.Batch, .. shape]);
        var level = graph.Input("level", OnnxType.Float32, OnnxGraph.Batch).Cast(OnnxType.Int64);
        AnyTensor? labels = null, absent = null, states = null, present = null;
        if (classes is int none)
        {
            var label = graph.Input("label", OnnxType.Int64, OnnxGraph.Batch);
            absent = label.eq(tensor((long)none));
            labels = AnyTensor.where(absent, tensor(0L), label);
        }

        if (text is not null)
        {
            (states, present) = text.WriteStates(graph.Input("tokens", OnnxType.Int64, OnnxGraph.Batch, textTokens));
        }
        else if (textWidth is int width)
        {
            states = graph.Input("text", OnnxType.Float32, OnnxGraph.Batch, textTokens, width);
            present = graph.Input("text_present", OnnxType.Bool, OnnxGraph.Batch, textTokens);
        }

        absent = states is null ? absent : graph.Input("absent", OnnxType.Bool, OnnxGraph.Batch);
        graph.Output("prediction", network.forward(
            x, level, new NetworkCondition { Labels = labels, Text = states, TextPresent = present, Absent = absent, Levels = levels }));
    }

    /// <summary>
    /// Applies classifier-free guidance (Ho and Salimans 2022): from + scale · (prompt − from). Both predictions come from one pass over a batch of double
    /// size. A learned variance is taken from the prompt's prediction.
    /// </summary>
    /// <param name="t">Timestep of each clip, (B) int64.</param>
    /// <param name="negative">Condition to move away from; <c>null</c> for no condition.</param>
    /// <param name="guided">Number of channels, counted from the first, that guidance changes; <c>null</c> to change all channels.</param>
    /// <param name="below">Timestep below which guidance applies; <c>null</c> for guidance at all timesteps.</param>
    /// <inheritdoc cref="LatentNetwork.forward(AnyTensor, AnyTensor, NetworkCondition)"/>
    public Tensor PredictGuided(
        Tensor x, Tensor t, NetworkCondition prompt, NetworkCondition? negative, double scale, int? guided = null, int? below = null)
    {
        if (!IsGuided(prompt, scale))
        {
            return Predict(x, t, prompt);
        }

        var both = Predict(cat([x, x]), cat([t, t]), Join(prompt, negative));
        var moved = Guide(both, scale, Guided(x.shape, guided));
        return below is int limit ? where(t.lt(limit).view(-1, 1, 1, 1, 1), moved, both.chunk(2)[1]) : moved;
    }

    /// <summary>
    /// Prepares predictions of <see cref="PredictGuided"/> for several timesteps. Their
    /// weights and conditions must not change, and gradients must be disabled.
    /// </summary>
    /// <param name="shape">Shape of the noisy latents, (B, C, F, H, W).</param>
    public GuidedPredictor Prepare(
        long[] shape, NetworkCondition prompt, NetworkCondition? negative, double scale, int? guided = null, int? below = null) =>
        IsGuided(prompt, scale)
            ? new(network, shape, Join(prompt, negative), both => Guide(both, scale, Guided(shape, guided)), copies: 2)
            {
                Unguided = below is int limit ? (limit, Prepare(shape, prompt, null, 1)) : null,
            }
            : new(network, shape, prompt, prediction => prediction, copies: 1);

    private static bool IsGuided(NetworkCondition prompt, double scale) => prompt.Absent is not null && scale != 1;

    /// <summary>Returns the conditions for the batch of double size.</summary>
    private static NetworkCondition Join(NetworkCondition prompt, NetworkCondition? negative) =>
        (negative ?? prompt with { Absent = ones_like((Tensor)prompt.Absent!) }).With(prompt);

    /// <returns>Number of channels that guidance changes.</returns>
    private static long Guided(long[] shape, int? guided) => Math.Min(shape[1], guided ?? long.MaxValue);

    /// <param name="predictions">(2 B, ...).</param>
    private static Tensor Guide(Tensor predictions, double scale, long channels)
    {
        var both = predictions.chunk(2);
        var (from, to) = (both[0].narrow(1, 0, channels), both[1].narrow(1, 0, channels));
        var moved = from + ((to - from) * scale);
        var others = both[1].shape[1] - channels;
        return others == 0 ? moved : cat([moved, both[1].narrow(1, channels, others)], 1);
    }
}
