using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Onnx;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>
/// Everything that a checkpoint keeps: parameters <c>network.*</c> and <c>text.*</c>, of one that trains by a teacher <c>critic.*</c>, and how
/// latents are normalized.
/// </summary>
internal sealed partial class LatentDenoiser : nn.Module
{
    public const string NetworkName = nameof(network);
    public const string TextName = nameof(text);
    public const string CriticName = nameof(critic);

    private readonly LatentNetwork network;
    private readonly LearnedTextEncoder? text;
    private LatentNetwork? critic;

    /// <param name="encoder">Given where the text encoder is trained as well.</param>
    /// <param name="channels">Of the latents.</param>
    public LatentDenoiser(LatentNetwork network, LearnedTextEncoder? encoder, int channels)
        : base(nameof(LatentDenoiser))
    {
        this.network = network;
        text = encoder;
        latent_mean = zeros([channels], ScalarType.Float32);
        latent_deviation = ones([channels], ScalarType.Float32);
        RegisterComponents();
    }

    /// <inheritdoc cref="LatentNetwork.forward(AnyTensor, AnyTensor, NetworkCondition)"/>
    public Tensor Predict(Tensor x, Tensor t, NetworkCondition condition) => network.forward(x, t, condition);

    /// <summary>Adds a critic, which begins with the weights of a teacher.</summary>
    /// <param name="network">Of the shape of the teacher's, with any weights.</param>
    /// <param name="takesAll">What this has of networks and normalization gets the teacher's values, too.</param>
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

    /// <summary>What the critic predicts, of a model that trains by a teacher.</summary>
    /// <inheritdoc cref="LatentNetwork.forward(AnyTensor, AnyTensor, NetworkCondition)"/>
    public Tensor Criticize(Tensor x, Tensor t, NetworkCondition condition) => critic!.forward(x, t, condition);

    /// <summary>Writes a graph of the network and, where it is trained along, the text encoder: noisy latents, levels and conditions to predictions.</summary>
    /// <param name="shape">Of one clip's latents: (C, F, H, W).</param>
    /// <param name="levels">T.</param>
    /// <param name="classes">How many there are, which is also the number that stands for none; null: none are taken.</param>
    /// <param name="textWidth">D of texts; null: none are taken.</param>
    /// <param name="textTokens">L, the states of a text.</param>
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
    /// Classifier-free guidance (Ho and Salimans 2022): from + scale · (prompt − from), both from one pass over a double batch. The variance that
    /// is learned is the prompt's.
    /// </summary>
    /// <param name="t">The level of each clip, (B) int64.</param>
    /// <param name="negative">What to move away from; null: the clip without condition.</param>
    /// <param name="guided">How many channels move, from the first; null: all.</param>
    /// <inheritdoc cref="LatentNetwork.forward(AnyTensor, AnyTensor, NetworkCondition)"/>
    public Tensor PredictGuided(Tensor x, Tensor t, NetworkCondition prompt, NetworkCondition? negative, double scale, int? guided = null)
    {
        if (prompt.Absent is not AnyTensor absent || scale == 1)
        {
            return Predict(x, t, prompt);
        }

        var both = Predict(cat([x, x]), cat([t, t]), (negative ?? prompt with { Absent = ones_like((Tensor)absent) }).With(prompt)).chunk(2);
        var channels = Math.Min(x.shape[1], guided ?? long.MaxValue);
        var (from, to) = (both[0].narrow(1, 0, channels), both[1].narrow(1, 0, channels));
        var moved = from + ((to - from) * scale);
        var others = both[1].shape[1] - channels;
        return others == 0 ? moved : cat([moved, both[1].narrow(1, channels, others)], 1);
    }

    /// <inheritdoc cref="PredictGuided(Tensor, Tensor, NetworkCondition, NetworkCondition?, double, int?)"/>
    /// <param name="t">The level of all clips.</param>
    public Tensor PredictGuided(Tensor x, int t, NetworkCondition prompt, NetworkCondition? negative, double scale, int? guided = null) =>
        PredictGuided(x, full([x.shape[0]], t, ScalarType.Int64, x.device), prompt, negative, scale, guided);
}
