using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>The names of a family's weights in files of the published code, and what those files hold beside them.</summary>
public abstract class PublishedWeights
{
    /// <summary>Whether a tensor of a file is no weight but a table that is computed from the configuration.</summary>
    public virtual bool IsTable(string name) => false;

    /// <summary>Whether a weight keeps its element type when it is exported in another: it is a constant.</summary>
    public virtual bool IsConstant(string name) => false;

    /// <summary>Whether a tensor of the model is known to us alone: published files lack it, and so do those that we export.</summary>
    public virtual bool IsOurs(string name) => false;

    /// <summary>A weight of a file by the model's name; those of the model keep theirs.</summary>
    public virtual string NameInModel(string name) => name;

    /// <summary>A weight of the model by the name that it has in published files; by several where they have copies of it.</summary>
    public virtual IReadOnlyList<string> NamesInFile(string name) => [name];

    /// <summary>The forms in which weights of a configuration are written, and what the published code calls a file of each; null: nothing special.</summary>
    public virtual IReadOnlyDictionary<PublishedForm, string?> Forms(RunConfig config) =>
        new Dictionary<PublishedForm, string?> { [PublishedForm.Checkpoint] = null, [PublishedForm.StateDict] = null };

    /// <summary>
    /// What the published code looks for beside the weights in a file of a form, as <see cref="Formats.PyTorch.PyTorchFile.Write"/> takes it.
    /// </summary>
    /// <param name="weights">By the names of published files.</param>
    public virtual IReadOnlyDictionary<string, object> Beside(
        PublishedForm form, RunConfig config, int step, IReadOnlyDictionary<string, StoredTensor> weights) => new Dictionary<string, object>();

    /// <summary>The file of its own that a weight of the model has, beside the others, where files are plain state dicts; null: it has none.</summary>
    public virtual string? FileBeside(RunConfig config, string name) => null;

    /// <summary>The texts beside a plain state dict that bears its published name, by the names of their files.</summary>
    public virtual IReadOnlyDictionary<string, string> TextsBeside(RunConfig config) => new Dictionary<string, string>();

    /// <summary>A model, and its configuration where there is one, in a folder whose files have names of their own; null: none of this family.</summary>
    /// <exception cref="Errors.TinySoraException">There is one, and a file of it is missing or describes what we do not have.</exception>
    public virtual (string Path, RunConfig? Config)? In(string folder) => null;

    /// <summary>
    /// The configuration under which weights that the published code trained compute what it computes: with those keys set that are there for
    /// published weights, and what the file shows by itself.
    /// </summary>
    /// <param name="config">Given for the file, which says nothing of it.</param>
    /// <param name="trained">See <see cref="Fit"/>.</param>
    public virtual RunConfig AsPublished(RunConfig config, IReadOnlyDictionary<string, StoredTensor> trained) => config;

    /// <summary>The tables that the published code expects beside the weights.</summary>
    public virtual IReadOnlyDictionary<string, StoredTensor> Tables(RunConfig config) => new Dictionary<string, StoredTensor>();

    /// <param name="trained">As they are in the file; see <see cref="PublishedModel.Trained"/>.</param>
    /// <param name="averaged">The averaged ones, or the same.</param>
    /// <param name="metadata">What a file that we exported says of its task; empty for others.</param>
    /// <exception cref="Errors.TinySoraException">They are those of another model.</exception>
    public abstract PublishedModel Fit(
        ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata);

    /// <summary>The text encoder that was trained with a model, from a file that we exported; null: the model learns none.</summary>
    /// <param name="key">The key that chooses the encoder.</param>
    /// <param name="others">What may be chosen instead.</param>
    /// <param name="width">Of what the weights take of a text.</param>
    /// <exception cref="TinySoraException">NoLearnedEncoder.</exception>
    protected static LearnedTextEncoder? Learned(
        string path, TextEncoderChoice? choice, IReadOnlyDictionary<string, string> metadata, string key, string others, int? width) =>
        choice?.Kind != TextEncoderKind.Learned ? null
        : metadata.ContainsKey(LearnedTextEncoder.VocabularyKey) ? (LearnedTextEncoder)TextEncoders.Restore(choice, metadata, CPU)!
        : throw CheckpointErrors.NoLearnedEncoder(path, key, others, width);

    /// <summary>Checks that a configuration has what a file says of its network, where the shapes of weights do not show it.</summary>
    /// <param name="settings">Keys with the values of the configuration and those of the file; null: it says nothing.</param>
    /// <exception cref="TinySoraException">OtherSettings with every difference.</exception>
    protected static void Agree(ITensorFile file, IEnumerable<(string Key, string Ours, string? Theirs)> settings)
    {
        var others = settings.Where(item => item.Theirs is not null && item.Theirs != item.Ours).Select(item => (item.Key, item.Ours, item.Theirs!)).ToList();
        if (others.Count > 0)
        {
            throw CheckpointErrors.OtherSettings(file.Path, others);
        }
    }
}

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

/// <param name="Warnings">What was found to be unusual, in sentences.</param>
public sealed record PublishedModel(
    nn.Module Model, IReadOnlyDictionary<string, StoredTensor> Trained, IReadOnlyDictionary<string, StoredTensor> Averaged,
    IReadOnlyList<string> Warnings);

/// <summary>A part of a network whose own parts have the paths of the published code, whatever its fields are called.</summary>
internal abstract class PublishedModule(string name) : nn.Module(name)
{
    /// <summary>Gives parts to the module under paths such as <c>final_layer.linear</c>.</summary>
    protected void Register(IEnumerable<(string Path, nn.Module Part)> parts)
    {
        foreach (var group in parts.GroupBy(item => item.Path.Split('.')[0]))
        {
            var single = group.FirstOrDefault(item => item.Path == group.Key).Part;
            register_module(group.Key, single ?? new Branch(group.Select(item => (item.Path[(group.Key.Length + 1)..], item.Part))));
        }
    }

    /// <summary>Does nothing: TorchSharp would add the parts a second time, under the names of fields.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <summary>A module that only adds a level to the names below it.</summary>
    private sealed class Branch : PublishedModule
    {
        public Branch(IEnumerable<(string Path, nn.Module Part)> parts)
            : base(nameof(Branch)) => Register(parts);
    }
}
