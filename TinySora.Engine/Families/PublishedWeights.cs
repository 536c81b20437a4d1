using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Families;

/// <summary>The names of a family's weights in files of the published code, and what those files hold beside them.</summary>
public abstract class PublishedWeights
{
    /// <summary>Whether a tensor of a file is no weight but a table that is computed from the configuration.</summary>
    public abstract bool IsTable(string name);

    /// <summary>Whether a weight keeps its element type when it is exported in another: it is a constant.</summary>
    public abstract bool IsConstant(string name);

    /// <summary>Whether a tensor of the model is known to us alone: published files lack it, and so do those that we export.</summary>
    public virtual bool IsOurs(string name) => false;

    /// <summary>A weight of a file by the model's name; those of the model keep theirs.</summary>
    public virtual string NameInModel(string name) => name;

    /// <summary>A weight of the model by the name that it has in published files; by several where they have copies of it.</summary>
    public virtual IReadOnlyList<string> NamesInFile(string name) => [name];

    /// <summary>The forms in which weights of a configuration are written, and what the published code calls a file of each; null: nothing special.</summary>
    public abstract IReadOnlyDictionary<PublishedForm, string?> Forms(RunConfig config);

    /// <summary>
    /// What the published code looks for beside the weights in a file of a form, as <see cref="Formats.PyTorch.PyTorchFile.Write"/> takes it.
    /// </summary>
    /// <param name="weights">By the names of published files.</param>
    public abstract IReadOnlyDictionary<string, object> Beside(
        PublishedForm form, RunConfig config, int step, IReadOnlyDictionary<string, StoredTensor> weights);

    /// <summary>The file of its own that a weight of the model has, beside the others, where files are plain state dicts; null: it has none.</summary>
    public abstract string? FileBeside(RunConfig config, string name);

    /// <summary>The texts beside a plain state dict that bears its published name, by the names of their files.</summary>
    public abstract IReadOnlyDictionary<string, string> TextsBeside(RunConfig config);

    /// <summary>A model, and its configuration where there is one, in a folder whose files have names of their own; null: none of this family.</summary>
    /// <exception cref="Errors.TinySoraException">There is one, and a file of it is missing or describes what we do not have.</exception>
    public virtual (string Path, RunConfig? Config)? In(string folder) => null;

    /// <summary>
    /// The configuration under which weights that the published code trained compute what it computes: with those keys set that are there for
    /// published weights, and what the file shows by itself.
    /// </summary>
    /// <param name="config">Given for the file, which says nothing of it.</param>
    /// <param name="trained">See <see cref="Fit"/>.</param>
    public abstract RunConfig AsPublished(RunConfig config, IReadOnlyDictionary<string, StoredTensor> trained);

    /// <summary>The tables that the published code expects beside the weights.</summary>
    public abstract IReadOnlyDictionary<string, StoredTensor> Tables(RunConfig config);

    /// <summary>Fits the weights of a file to the model of a configuration.</summary>
    /// <param name="trained">As they are in the file; see <see cref="PublishedModel.Trained"/>.</param>
    /// <param name="averaged">The averaged ones, or the same.</param>
    /// <param name="metadata">What a file that we exported says of its task; empty for others.</param>
    /// <exception cref="Errors.TinySoraException">They are those of another model.</exception>
    public abstract PublishedModel Fit(
        ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata);
}

/// <summary>The base of what families say of published weights: the configuration has the type of the family.</summary>
public abstract class PublishedWeights<TConfig> : PublishedWeights
    where TConfig : FamilyConfig
{
    public sealed override IReadOnlyDictionary<PublishedForm, string?> Forms(RunConfig config) => Forms(config.Of<TConfig>().Family);

    public sealed override IReadOnlyDictionary<string, object> Beside(
        PublishedForm form, RunConfig config, int step, IReadOnlyDictionary<string, StoredTensor> weights) =>
        Beside(form, config.Of<TConfig>(), step, weights);

    public sealed override string? FileBeside(RunConfig config, string name) => FileBeside(config.Of<TConfig>().Family, name);

    public sealed override IReadOnlyDictionary<string, string> TextsBeside(RunConfig config) => TextsBeside(config.Of<TConfig>().Family);

    public sealed override RunConfig AsPublished(RunConfig config, IReadOnlyDictionary<string, StoredTensor> trained) =>
        config with { Family = AsPublished(config.Of<TConfig>().Family, trained) };

    public sealed override IReadOnlyDictionary<string, StoredTensor> Tables(RunConfig config) => Tables(config.Of<TConfig>().Family);

    public sealed override PublishedModel Fit(
        ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata) => Fit(file, config.Of<TConfig>().Family, trained, averaged, metadata);

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

    /// <inheritdoc cref="PublishedWeights.Forms"/>
    protected virtual IReadOnlyDictionary<PublishedForm, string?> Forms(TConfig own) =>
        new Dictionary<PublishedForm, string?> { [PublishedForm.Checkpoint] = null, [PublishedForm.StateDict] = null };

    /// <inheritdoc cref="PublishedWeights.Beside"/>
    protected virtual IReadOnlyDictionary<string, object> Beside(
        PublishedForm form, RunConfig<TConfig> config, int step, IReadOnlyDictionary<string, StoredTensor> weights) => new Dictionary<string, object>();

    /// <inheritdoc cref="PublishedWeights.FileBeside"/>
    protected virtual string? FileBeside(TConfig own, string name) => null;

    /// <inheritdoc cref="PublishedWeights.TextsBeside"/>
    protected virtual IReadOnlyDictionary<string, string> TextsBeside(TConfig own) => new Dictionary<string, string>();

    /// <inheritdoc cref="PublishedWeights.AsPublished"/>
    protected virtual TConfig AsPublished(TConfig own, IReadOnlyDictionary<string, StoredTensor> trained) => own;

    /// <inheritdoc cref="PublishedWeights.Tables"/>
    protected virtual IReadOnlyDictionary<string, StoredTensor> Tables(TConfig own) => new Dictionary<string, StoredTensor>();

    /// <inheritdoc cref="PublishedWeights.Fit"/>
    protected abstract PublishedModel Fit(
        ITensorFile file, TConfig own, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata);
}
