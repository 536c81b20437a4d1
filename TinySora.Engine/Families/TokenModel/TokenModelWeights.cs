using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel;

/// <summary>
/// Weight files of nanoGPT and mdGPT (<c>ckpt.pt</c>), and state dicts of Mamba. Weights have the same names as in TinySora's networks. The files contain the
/// token embeddings a second time, as the weight of the head. Text conditioning and code levels exist only in TinySora.
/// </summary>
internal sealed class TokenModelWeights : PublishedWeights
{
    private const string Network = TextToTokens.NetworkName + ".";
    private const string Head = "lm_head.weight";
    private const string GptTable = "transformer.wte.weight";
    private const string MambaTable = "backbone.embedding.weight";

    /// <summary>Name of nanoGPT's best checkpoint.</summary>
    private const string BestFile = "ckpt.pt";

    /// <summary>Maximum number of codes and of positions per axis, so that a file cannot make the model allocate too much memory.</summary>
    private const long MaxRows = 1 << 17;

    /// <summary>Whether a tensor is the head, a part that mdGPT never uses, or the causal mask that nanoGPT blocks have in old versions of PyTorch.</summary>
    public override bool IsTable(string name) =>
        name == Head || name.EndsWith(".attn.bias", StringComparison.Ordinal) || Unused(1).Any(item => Below(name, item.Layer));

    public override string NameInModel(string name) =>
        Below(name, "transformer") || Below(name, "backbone") || Below(name, CodeLevels.Name) ? Network + name : name;

    public override IReadOnlyList<string> NamesInFile(string name) => !name.StartsWith(Network, StringComparison.Ordinal) ? [name]
        : name[Network.Length..] is GptTable or MambaTable ? [name[Network.Length..], Head]
        : [name[Network.Length..]];

    public override (string Path, RunConfig? Config)? FindModel(string folder) =>
        Path.Combine(folder, BestFile) is var path && File.Exists(path) ? (path, null) : null;

    /// <summary>Returns zeros for the parts that mdGPT never uses, but that its files must contain.</summary>
    public override IReadOnlyDictionary<string, StoredTensor> Tables(RunConfig config)
    {
        var model = Own(config).Model;
        return (model.Architecture == TokenModelKind.MdGpt ? Unused(model.NEmbd) : [])
            .SelectMany(item => new (string Name, long[] Shape)[]
            {
                ($"{item.Layer}.weight", [item.Outputs, item.Inputs]), ($"{item.Layer}.bias", [item.Outputs]),
            })
            .ToDictionary(item => item.Name, item => new StoredTensor(float32, item.Shape, () => zeros(item.Shape, float32)));
    }

    public override IReadOnlyDictionary<PublishedForm, string?> Forms(RunConfig config)
    {
        var forms = new Dictionary<PublishedForm, string?>(base.Forms(config));
        if (Own(config).Model.Architecture is TokenModelKind.NanoGpt or TokenModelKind.MdGpt or TokenModelKind.NanoGptMamba)
        {
            forms.Add(PublishedForm.NanoGpt, BestFile);
        }

        return forms;
    }

    /// <summary>Returns the entries that nanoGPT creates its model from, and the number of steps. The nanoGPT form also contains the training flags.</summary>
    public override IReadOnlyDictionary<string, object> GetExtraEntries(
        PublishedForm form, RunConfig config, int step, IReadOnlyDictionary<string, StoredTensor> weights)
    {
        var model = Own(config).Model;
        var arguments = new Dictionary<string, object>
        {
            ["n_layer"] = model.NLayer, ["n_head"] = model.NHead, ["n_embd"] = model.NEmbd, ["block_size"] = model.BlockSize,
            ["bias"] = model.Bias, ["vocab_size"] = weights[Head].Shape[0], ["dropout"] = model.Dropout,
        };
        var beside = new Dictionary<string, object> { ["model_args"] = arguments, ["iter_num"] = step };
        if (form == PublishedForm.NanoGpt)
        {
            var trainer = config.Trainer;
            beside.Add("config", new Dictionary<string, object>(arguments)
            {
                ["batch_size"] = trainer.TrainBatchSize, ["gradient_accumulation_steps"] = trainer.GradientAccumulateEvery,
                ["learning_rate"] = trainer.TrainLr, ["sparse_context_window"] = model.SparseContextWindow,
                ["context_stride"] = model.ContextStride, ["context_stride_start"] = model.ContextStrideStart,
            });
        }

        return beside;
    }

    /// <summary>
    /// Returns the configuration for published weights. Their special tokens follow the codes of the training data, which may be fewer than those of the
    /// autoencoder. Mamba's table is rounded up, so the number of codes cannot be inferred from it.
    /// </summary>
    public override RunConfig AsPublished(RunConfig config, IReadOnlyDictionary<string, StoredTensor> trained)
    {
        var own = Own(config);
        var codes = Rows(trained, Table(own.Model)) - TokenNetworks.Vocabulary(own.Model.Architecture, 0);
        return own.Model.Codes is not null || own.Model.Architecture == TokenModelKind.Mamba || codes is not > 0 ? config
            : config with { Family = own with { Model = own.Model with { Codes = codes } } };
    }

    /// <exception cref="TinySoraException">OtherModel, which lists every difference, OtherSettings, CodesDiffer, NoLearnedEncoder.</exception>
    public override PublishedModel Fit(
        ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata)
    {
        var own = Own(config);
        var table = Table(own.Model);
        var sets = WeightSets.In(file);
        Tie(file, table, trained, sets.Trained);
        if (trained.TryGetValue(table, out var tied))
        {
            averaged.TryAdd(table, tied);
        }

        if (sets.Averaged is WeightSet average)
        {
            Tie(file, table, averaged, average);
        }

        if (own.Model.Codes is int codes && Rows(trained, table) is int rows && TokenNetworks.Vocabulary(own.Model.Architecture, codes) is var expected
            && rows != expected)
        {
            throw ModelErrors.CodesDiffer(file.Path, codes, expected, rows);
        }

        var model = Create(file.Path, own, table, trained, metadata);
        return OnFailure.Dispose(model, () =>
        {
            ModelWeights.Complete(file.Path, model.state_dict(), IsOurs, trained, averaged);
            CheckSettings(file, Settings(own.Model, file.Metadata));
            return new PublishedModel(model, trained, averaged, []);
        });
    }

    /// <summary>
    /// Returns the settings in files that cannot be inferred from the weight shapes: the number of heads, and which tokens are visible or predicted.
    /// </summary>
    private static IEnumerable<(string Key, string Ours, string? Theirs)> Settings(TokenNetworkConfig model, IReadOnlyDictionary<string, string> said)
    {
        if (model.Architecture is not (TokenModelKind.Mamba or TokenModelKind.NanoGptMamba))
        {
            yield return ("model.n_head", $"{model.NHead}", said.GetValueOrDefault("model_args.n_head"));
        }

        if (model.Architecture == TokenModelKind.MdGpt)
        {
            yield return ("model.only_predict_last", model.OnlyPredictLast ? "true" : "false", said.GetValueOrDefault("config.only_predict_last"));
        }

        if (model.Architecture == TokenModelKind.NanoGpt && said.TryGetValue("config.sparse_context_window", out var isSparse))
        {
            yield return ("model.sparse_context_window", model.SparseContextWindow ? "true" : "false", isSparse);
            string? Sparse(string key) => isSparse == "true" ? said.GetValueOrDefault($"config.{key}") : null;
            yield return ("model.context_stride", $"{model.ContextStride}", Sparse("context_stride"));
            yield return ("model.context_stride_start", $"{model.ContextStrideStart}", Sparse("context_stride_start"));
        }
    }

    private static TokenModelConfig Own(RunConfig config) => config.Of<TokenModelConfig>().Family;

    private static string Table(TokenNetworkConfig model) => Network + (model.Architecture == TokenModelKind.Mamba ? MambaTable : GptTable);

    /// <summary>Returns the number of rows in the token embeddings, which have their own name or that of the head; <c>null</c> if no weight fits.</summary>
    private static int? Rows(IReadOnlyDictionary<string, StoredTensor> weights, string table) =>
        (weights.GetValueOrDefault(table) ?? weights.FirstOrDefault(item => item.Key.EndsWith(Head, StringComparison.Ordinal)).Value)?.Shape
            is [> 0 and <= MaxRows and var rows, _] ? (int)rows : null;

    private static bool Below(string name, string part) => name.StartsWith(part, StringComparison.Ordinal) && name.AsSpan(part.Length).StartsWith(".");

    /// <summary>
    /// Returns the unused layers of mdGPT outside of its blocks. The last one was intended for the vectors of an autoencoder with four latent channels.
    /// </summary>
    private static IEnumerable<(string Layer, long Outputs, long Inputs)> Unused(long width) =>
    [
        ("cross_attn.q_linear", width, width), ("cross_attn.kv_linear", 2 * width, width), ("cross_attn.proj", width, width), ("cond_x_proj", width, 4),
    ];

    /// <summary>
    /// Makes the head and the token embeddings share a weight, which the file may contain under either name. Rejects files in which the two weights differ.
    /// </summary>
    private static void Tie(ITensorFile file, string table, Dictionary<string, StoredTensor> weights, WeightSet set)
    {
        if (set.Weights.Find(weight => weight.Name == Head).Weight is not StoredTensor head)
        {
            return;
        }

        if (set.Weights.TrueForAll(weight => Network + weight.Name != table))
        {
            weights[table] = head;
            return;
        }

        using var scope = NewDisposeScope();
        if (!weights[table].Shape.SequenceEqual(head.Shape) || !weights[table].Read().allclose(head.Read(), 0, 0))
        {
            throw CheckpointErrors.OtherModel(
                file.Path, [$"'{Head}' differs from '{table[Network.Length..]}' in the file, but the model uses a single weight for both"]);
        }
    }

    /// <summary>Creates the model without the autoencoder or frozen text encoders, because the required sizes can be inferred from the weight shapes.</summary>
    private static TextToTokens Create(
        string path, TokenModelConfig own, string table, Dictionary<string, StoredTensor> weights, IReadOnlyDictionary<string, string> metadata)
    {
        var (model, choice) = (own.Model, own.Text.Choice);
        var projected = Size("text_projection.weight", 1);
        var learned = RestoreTextEncoder(path, choice, metadata, "text.encoder", LearnedTextEncoder.Others, projected);
        var width = choice is null ? (int?)null : learned?.Width ?? projected ?? own.Text.Width;
        var codes = (Size(table, 0) ?? 0) - TokenNetworks.Vocabulary(model.Architecture, 0);
        var rows = Enumerable.Range(0, 3).Select(axis => Size($"{Network}transformer.wpe.{axis}.weight", 0) ?? 1)
            .Select(count => model.Architecture == TokenModelKind.Masked ? count : count / 2).ToArray();
        return new TextToTokens(TokenNetworks.Create(model, Math.Max(1, codes), new(rows[0], rows[1], rows[2])), learned, width, model.NEmbd);

        int? Size(string name, int axis) =>
            weights.GetValueOrDefault(name)?.Shape is [_, _] shape && shape[axis] is > 0 and <= MaxRows and var size ? (int)size : null;
    }
}
