using static System.FormattableString;

namespace TinySora.Engine.Errors;

/// <summary>Errors in training and using adapters, which are low-rank updates of a base model's weights.</summary>
public static class AdapterErrors
{
    public static TinySoraException NotAnAdapter(string path) => new(
        "TinySora.Adapter.NotAnAdapter", ErrorKind.InvalidArgument, path,
        $"'{path}' contains a whole model, not an adapter.",
        "Use it as the checkpoint, or train an adapter with Start-TinySoraTraining -Adapter.");

    public static TinySoraException NotFound(string name, IEnumerable<string> places) => new(
        "TinySora.Adapter.NotFound", ErrorKind.ObjectNotFound, name,
        $"There is no adapter '{name}'. These places were searched: {string.Join(", ", places)}.",
        "Specify the path of an adapter's file or of its run's results folder, or train the adapter with Start-TinySoraTraining -Adapter.");

    public static TinySoraException BadStrength(string text, double most) => new(
        "TinySora.Adapter.BadStrength", ErrorKind.InvalidArgument, text,
        Invariant($"'{text}' is not an adapter with a strength, such as cat=0.8. The strength must be a number from -{most} to {most}."),
        "Specify a name or path, optionally followed by = and a number with a decimal point.");

    /// <param name="expected">Name and hash of the base model that the adapter was trained for.</param>
    /// <param name="hash">First characters of the hash of the model.</param>
    public static TinySoraException OtherBase(string adapter, string expected, string model, string hash) => new(
        "TinySora.Adapter.OtherBase", ErrorKind.InvalidArgument, adapter,
        $"The adapter '{adapter}' was trained for the base model {expected}, but '{model}' has other weights ({hash}).",
        "Use the adapter with its base model as it was in training: an export with another data type has other weights.");

    /// <param name="model">Path or file name of the base model.</param>
    public static TinySoraException BaseMissing(string adapter, string model) => new(
        "TinySora.Adapter.BaseMissing", ErrorKind.ObjectNotFound, adapter,
        $"'{adapter}' is an adapter of the model '{model}', which was not found.",
        $"Put '{Path.GetFileName(model)}' into the folder of the adapter, or specify the model as the checkpoint and '{adapter}' as the adapter.");

    public static TinySoraException BaseIsAdapter(string checkpoint) => new(
        "TinySora.Adapter.BaseIsAdapter", ErrorKind.InvalidArgument, checkpoint,
        $"An adapter cannot be trained for '{checkpoint}', because that is itself an adapter.",
        "Export it to a whole model first (Export-TinySoraCheckpoint -Format Safetensors), or train from its base model.");

    public static TinySoraException NeedsBase(string name) => new(
        "TinySora.Adapter.NeedsBase", ErrorKind.InvalidArgument, name,
        $"The adapter '{name}' needs a base model.",
        "Specify the model, as in Start-TinySoraTraining -InitialCheckpoint shapes-lean.");

    public static TinySoraException BadName(string name) => new(
        "TinySora.Adapter.BadName", ErrorKind.InvalidArgument, name,
        $"'{name}' cannot be the name of an adapter, which must be a file name without '=' and commas.",
        "Choose a short name, such as cat.");

    public static TinySoraException NoSuchFamily(string family) => new(
        "TinySora.Adapter.NoSuchFamily", ErrorKind.InvalidArgument, family,
        $"Adapters are for models that generate videos; models of the family {family} are autoencoders.",
        "Fine-tune all weights of the initial checkpoint instead.");

    public static TinySoraException BaseIsDistilled(string checkpoint) => new(
        "TinySora.Adapter.BaseIsDistilled", ErrorKind.InvalidArgument, checkpoint,
        $"An adapter cannot be trained for '{checkpoint}', because that model learns from a teacher and not from clips (diffusion.teacher).",
        "Train the adapter for the teacher, or for another model that is trained on clips.");

    public static TinySoraException NotInParallel() => new(
        "TinySora.Adapter.NotInParallel", ErrorKind.InvalidArgument, "Adapter",
        "Adapters are trained by one process, but this run has several.",
        "Train in one process, without an MPI launcher.");

    /// <param name="found">Name of the adapter in the folder; <c>null</c> if the run in it trains all weights.</param>
    /// <param name="requested">Name of the requested adapter; <c>null</c> if all weights are to be trained.</param>
    public static TinySoraException OtherRun(string folder, string? found, string? requested) => new(
        "TinySora.Adapter.OtherRun", ErrorKind.ResourceExists, folder,
        $"'{folder}' holds a run that trains {Name(found)}, but the request is to train {Name(requested)}.",
        $"To resume the run, train {Name(found)}. To start another run, use another results folder, or Start-TinySoraTraining -Force, which moves the old "
            + "files into a subfolder.");

    /// <param name="patterns">Value of trainer.adapter_layers; <c>null</c> if it is not set.</param>
    /// <param name="weights">Names of the weights that an adapter can update.</param>
    public static TinySoraException NoLayers(string? patterns, IEnumerable<string> weights) => new(
        "TinySora.Adapter.NoLayers", ErrorKind.InvalidArgument, patterns ?? "trainer.adapter_layers",
        patterns is null ? "The model has no linear layers or convolutions that an adapter could update."
            : $"No weight of the model matches trainer.adapter_layers, which is '{patterns}'.",
        patterns is null ? "Train all weights of the model, without an adapter."
            : $"Use names of weights with * as a wildcard. The model has {string.Join(", ", weights.Take(3))} and others.");

    /// <param name="bytes">Size of the smallest file.</param>
    public static TinySoraException TooLarge(long bytes, long most) => new(
        "TinySora.Adapter.TooLarge", ErrorKind.LimitsExceeded, bytes,
        Invariant($"The adapter would have at least {bytes / 1000} kB, but at most {most / 1000} kB are allowed if its rank is not specified."),
        "Update fewer layers with trainer.adapter_layers, or allow a larger file with trainer.adapter_rank = 1.");

    private static string Name(string? adapter) => adapter is null ? "all weights" : $"the adapter '{adapter}'";
}
