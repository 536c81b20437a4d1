using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Layers.Onnx;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Export;

/// <summary>Exports the networks of a checkpoint as ONNX graphs, each in its own file. Their metadata contains the checkpoint's description.</summary>
internal static class OnnxExport
{
    /// <summary>
    /// Returns all files to write: the target or, if there are several networks, one file per network next to it, such as x.encoder.onnx and x.decoder.onnx.
    /// </summary>
    /// <exception cref="TinySoraException">NoGraph; errors in restoring a model.</exception>
    public static IReadOnlyList<string> Files(Checkpoint source, string target) => EngineThread.Run(() =>
    {
        using var scope = NewDisposeScope();
        using var task = source.Family.Restore(source.LocalConfig, source.TaskMetadata, CPU);
        return (IReadOnlyList<string>)[.. Graphs(source, task).Select(graph => Path(target, graph))];
    });

    /// <exception cref="TinySoraException">NoGraph, CannotWrite, OnnxTooLarge; errors in restoring a model.</exception>
    public static void Write(
        Checkpoint source, string target, IReadOnlyDictionary<string, string> metadata, bool averaged, ScalarType type, bool overwrite) =>
        With(source, metadata, averaged, type, graphs =>
        {
            foreach (var (network, graph) in graphs)
            {
                graph.Write(Path(target, network), overwrite);
            }
        });

    /// <summary>Writes a web page that generates clips; see <see cref="ClipPage"/>.</summary>
    /// <param name="runtime">See <see cref="WebRuntime.Open"/>.</param>
    /// <exception cref="TinySoraException">Errors from <see cref="ClipPage.Write"/>; NoGraph; errors in restoring a model.</exception>
    public static void WritePage(
        Checkpoint source, string target, IReadOnlyDictionary<string, string> metadata, bool averaged, ScalarType type, string? runtime,
        bool overwrite, CancellationToken cancellationToken) =>
        With(source, metadata, averaged, type, graphs => ClipPage.Write(target, source.Info.Path, graphs, runtime, overwrite, cancellationToken));

    private static void With(
        Checkpoint source, IReadOnlyDictionary<string, string> metadata, bool averaged, ScalarType type,
        Action<IReadOnlyList<(NetworkGraph Network, OnnxGraph Graph)>> use)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var task = source.Family.Restore(source.LocalConfig, source.TaskMetadata, CPU);
        source.LoadWeights(task.Model, averaged);
        task.Model.eval();
        var graphs = Graphs(source, task).Select(network =>
        {
            var graph = new OnnxGraph(task.Model, type);
            foreach (var (key, value) in metadata)
            {
                graph.Metadata[key] = value;
            }

            network.Write(graph);
            return (network, graph);
        }).ToList();
        use(graphs);
    }

    private static IReadOnlyList<NetworkGraph> Graphs(Checkpoint source, ITrainingTask task) => task.Graphs is { Count: > 0 } graphs ? graphs
        : throw CheckpointErrors.NoGraph(source.Info.Path, source.Family.Name);

    private static string Path(string target, NetworkGraph graph) =>
        graph.Name is null ? target : System.IO.Path.ChangeExtension(target, $".{graph.Name}{System.IO.Path.GetExtension(target)}");
}
