using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families;

/// <summary>Mapping between a family's weights and the files of published code, and the other contents of these files.</summary>
public abstract class PublishedWeights
{
    /// <summary>Whether a tensor in a file is not a weight but a table that TinySora computes from the configuration.</summary>
    public virtual bool IsTable(string name) => false;

    /// <summary>Whether a weight is a constant. Constants keep their element type in exports to another type.</summary>
    public virtual bool IsConstant(string name) => false;

    /// <summary>Whether a tensor in the model exists only in TinySora, and not in published or exported files.</summary>
    public virtual bool IsOurs(string name) => false;

    /// <summary>Whether a weight belongs to a network that only training uses, which a run with initial weights may add or leave out.</summary>
    public virtual bool IsForTraining(string name) => false;

    /// <summary>Returns the name in the model for a weight in a file. Names from the model itself are returned unchanged.</summary>
    public virtual string NameInModel(string name) => name;

    /// <summary>Returns the names of a weight in published files. There are several names if the files contain copies of the weight.</summary>
    public virtual IReadOnlyList<string> NamesInFile(string name) => [name];

    /// <summary>Returns the forms in which weights can be written, each with its published file name, or <c>null</c> if the name is not fixed.</summary>
    public virtual IReadOnlyDictionary<PublishedForm, string?> Forms(RunConfig config) =>
        new Dictionary<PublishedForm, string?> { [PublishedForm.Checkpoint] = null, [PublishedForm.StateDict] = null };

    /// <summary>
    /// Returns the additional content that the published code expects in a file of the given form, as values for
    /// <see cref="Formats.PyTorch.PyTorchFile.Write"/>.
    /// </summary>
    /// <param name="weights">Weights by their names in published files.</param>
    public virtual IReadOnlyDictionary<string, object> GetExtraEntries(
        PublishedForm form, RunConfig config, int step, IReadOnlyDictionary<string, StoredTensor> weights) => new Dictionary<string, object>();

    /// <summary>Returns the separate file to which a weight is exported in plain state dicts; <c>null</c> if the weight is in the main file.</summary>
    public virtual string? GetSeparateFile(RunConfig config, string name) => null;

    /// <summary>Returns the content of text files to write next to a plain state dict that has its published name, by file name.</summary>
    public virtual IReadOnlyDictionary<string, string> GetSidecarTexts(RunConfig config) => new Dictionary<string, string>();

    /// <summary>Finds a model of this family in a folder, with its configuration if there is one; returns <c>null</c> if there is no model.</summary>
    /// <exception cref="Errors.TinySoraException">A file of the model is missing or describes an unsupported model.</exception>
    public virtual (string Path, RunConfig? Config)? FindModel(string folder) => null;

    /// <summary>
    /// Returns the configuration with which published weights produce the same results as the published code. The keys that exist for this
    /// purpose are changed, as are the settings that can be inferred from the file.
    /// </summary>
    /// <param name="config">Configuration that was chosen for the file, because the file itself contains none.</param>
    /// <param name="trained">Trained weights in the file, see <see cref="Fit"/>.</param>
    public virtual RunConfig AsPublished(RunConfig config, IReadOnlyDictionary<string, StoredTensor> trained) => config;

    /// <summary>Returns the tables that the published code expects in addition to the weights.</summary>
    public virtual IReadOnlyDictionary<string, StoredTensor> Tables(RunConfig config) => new Dictionary<string, StoredTensor>();

    /// <param name="trained">Trained weights as in the file; see <see cref="PublishedModel.Trained"/>.</param>
    /// <param name="averaged">Averaged weights, or the same as <paramref name="trained"/>.</param>
    /// <param name="metadata">Metadata of a file that TinySora exported; empty for others.</param>
    /// <exception cref="Errors.TinySoraException">The weights belong to another model.</exception>
    public abstract PublishedModel Fit(
        ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata);

    /// <summary>Restores the text encoder that was trained with a model, from an exported file; returns <c>null</c> if the model has no such encoder.</summary>
    /// <param name="key">Configuration key of the encoder.</param>
    /// <param name="others">Other values of that key that the message suggests.</param>
    /// <param name="width">Width of the text vectors or text embeddings that the weights require; <c>null</c> if unknown.</param>
    /// <exception cref="TinySoraException">NoLearnedEncoder.</exception>
    protected static LearnedTextEncoder? RestoreTextEncoder(
        string path, TextEncoderChoice? choice, IReadOnlyDictionary<string, string> metadata, string key, string others, int? width) =>
        choice?.Kind != TextEncoderKind.Learned ? null
        : metadata.ContainsKey(LearnedTextEncoder.VocabularyKey) ? (LearnedTextEncoder)TextEncoders.Restore(choice, metadata, CPU)!
        : throw CheckpointErrors.NoLearnedEncoder(path, key, others, width);

    /// <summary>Compares settings that cannot be inferred from the weight shapes with the settings in the file.</summary>
    /// <param name="settings">Keys, each with its values in the configuration and in the file (<c>null</c> if the file does not contain it).</param>
    /// <exception cref="TinySoraException">OtherSettings, which lists every difference.</exception>
    protected static void CheckSettings(ITensorFile file, IEnumerable<(string Key, string Ours, string? Theirs)> settings)
    {
        var others = settings.Where(item => item.Theirs is not null && item.Theirs != item.Ours).Select(item => (item.Key, item.Ours, item.Theirs!)).ToList();
        if (others.Count > 0)
        {
            throw CheckpointErrors.OtherSettings(file.Path, others);
        }
    }
}

/// <summary>Content of a PyTorch weight file, depending on the program that reads it.</summary>
public enum PublishedForm
{
    /// <summary>Keys step, model, ema and scaler: TinySora, Tiny SORA, Latte and minisora's transformers.</summary>
    Checkpoint,

    /// <summary>Only the weights by name: Open-Sora and the Latte tutorial.</summary>
    StateDict,

    /// <summary>Keys state_dict and hyper_parameters, as saved by Lightning: minisora's and VideoGPT's autoencoders.</summary>
    Lightning,

    /// <summary>Keys <c>model</c>, <c>model_args</c> and <c>config</c>, as saved by nanoGPT.</summary>
    NanoGpt,
}

/// <param name="Warnings">Warnings about the file, as sentences.</param>
public sealed record PublishedModel(
    nn.Module Model, IReadOnlyDictionary<string, StoredTensor> Trained, IReadOnlyDictionary<string, StoredTensor> Averaged,
    IReadOnlyList<string> Warnings);

/// <summary>A module whose parts are registered under their paths in the published code, regardless of field names.</summary>
internal abstract class PublishedModule(string name) : nn.Module(name)
{
    /// <summary>Registers parts under paths such as <c>final_layer.linear</c>.</summary>
    protected void Register(IEnumerable<(string Path, nn.Module Part)> parts)
    {
        foreach (var group in parts.GroupBy(item => item.Path.Split('.')[0]))
        {
            var single = group.FirstOrDefault(item => item.Path == group.Key).Part;
            register_module(group.Key, single ?? new Branch(group.Select(item => (item.Path[(group.Key.Length + 1)..], item.Part))));
        }
    }

    /// <summary>Does nothing, because TorchSharp would otherwise register the parts again under the field names.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <summary>A module that only adds a level to the names of its parts.</summary>
    private sealed class Branch : PublishedModule
    {
        public Branch(IEnumerable<(string Path, nn.Module Part)> parts)
            : base(nameof(Branch)) => Register(parts);
    }
}
