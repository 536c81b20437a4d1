using System.IO.Enumeration;
using TinySora.Engine.Errors;
using TinySora.Engine.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// Low-rank updates of a frozen network, which an adapter consists of (LoRA, Hu et al. 2021, arXiv 2106.09685). Each weight W of a linear layer or
/// convolution becomes W + B A, where B A has a low rank. Rows that an embedding table has in addition to the frozen ones, for new words, are trained in
/// full. The updates are written into the network's weights, so networks and kernels do not know about them.
/// </summary>
public sealed class LowRankUpdates : IDisposable
{
    /// <summary>
    /// Name suffix of the factors of a weight with m rows and n columns: (rank, n + m), where each row contains a row of A and a column of B.
    /// </summary>
    public const string FactorsSuffix = ".lowrank";

    /// <summary>Name suffix of the updates of a table's additional rows.</summary>
    public const string RowsSuffix = ".rows";

    /// <summary>Maximum size of an adapter file in bytes if the configuration does not specify the rank.</summary>
    public const long MaxBytes = 150_000;

    private const int MaxRank = 64;

    /// <summary>Estimated size of a file's metadata, and of each tensor's entry without its name, in bytes.</summary>
    private const long MetadataBytes = 8000, EntryBytes = 85;

    private readonly List<Update> updates = [];

    /// <param name="network">All parameters of the model, which has the weights to freeze.</param>
    /// <param name="decayedAxes">Minimum number of axes of parameters with weight decay.</param>
    /// <exception cref="TinySoraException">NoLayers, TooLarge.</exception>
    public LowRankUpdates(FlatParameters network, AdapterShape shape, int decayedAxes)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var matrices = network.Matrices.Where(matrix => shape.Includes(matrix.Name)).ToList();
        var views = network.Views(network.Values).ToDictionary(item => item.Name, item => item.View);
        var tables = shape.Tables.Select(table => (table.Name, From: table.Rows, View: views[table.Name])).ToList();
        if (matrices.Count + tables.Count == 0)
        {
            throw AdapterErrors.NoLayers(shape.Layers, network.Matrices.Select(matrix => matrix.Name));
        }

        Rank = shape.Rank ?? LargestRank();
        var named = new List<(string Name, Parameter Parameter)>();
        foreach (var matrix in matrices)
        {
            // A is random and B is 0, so that training starts from the frozen network.
            var (a, b) = (randn([Rank, matrix.Columns]) / Math.Sqrt(matrix.Columns), zeros([Rank, matrix.Rows]));
            named.Add((matrix.Name + FactorsSuffix, new Parameter(cat([a, b], 1).to(network.Values.device), requires_grad: false)));
        }

        foreach (var (name, from, view) in tables)
        {
            view.narrow(0, from, view.shape[0] - from).copy_(view.narrow(0, WordTokenizer.Unknown, 1));
            named.Add((name + RowsSuffix, new Parameter(zeros([view.shape[0] - from, view.shape[1]], device: view.device), requires_grad: false)));
        }

        named.ForEach(item => item.Parameter.DetachFromDisposeScope());
        Parameters = new FlatParameters(named, decayedAxes, nameof(LowRankUpdates));
        var values = Parameters.Views(Parameters.Values).ToDictionary(item => item.Name, item => item.View);
        var gradients = Parameters.Views(Parameters.Gradients).ToDictionary(item => item.Name, item => item.View);
        foreach (var matrix in matrices)
        {
            var name = matrix.Name + FactorsSuffix;
            updates.Add(new FactorUpdate(
                matrix.Of(network.Values), matrix.Of(network.Gradients), Split(values[name], matrix.Columns), Split(gradients[name], matrix.Columns)));
        }

        foreach (var (name, from, view) in tables)
        {
            var all = network.Views(network.Gradients).Single(item => item.Name == name).View;
            var count = view.shape[0] - from;
            updates.Add(new RowUpdate(view.narrow(0, from, count), all.narrow(0, from, count), values[name + RowsSuffix], gradients[name + RowsSuffix]));
        }

        updates.ForEach(update => update.Keep());

        // Returns the largest rank for which the file is not too large.
        int LargestRank()
        {
            var bytes = MetadataBytes + tables.Sum(table => (2 * table.View.numel() / table.View.shape[0] * (table.View.shape[0] - table.From)) + EntryBytes)
                + matrices.Sum(matrix => matrix.Name.Length + FactorsSuffix.Length + EntryBytes);
            var each = 2 * matrices.Sum(matrix => matrix.Rows + matrix.Columns);
            var rank = each == 0 ? 1 : (int)Math.Min((MaxBytes - bytes) / each, MaxRank);
            return rank >= 1 ? rank : throw AdapterErrors.TooLarge(bytes + each, MaxBytes);
        }
    }

    /// <summary>Rank of the updates.</summary>
    public int Rank { get; }

    /// <summary>Number of updated weights.</summary>
    public int Count => updates.Count;

    /// <summary>The factors and rows, which the optimizer updates.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>Computes the gradients of the factors and rows from the gradients of the network's weights.</summary>
    public void Project()
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        updates.ForEach(update => update.Project());
    }

    /// <summary>Writes the frozen weights plus their updates into the network.</summary>
    public void Apply()
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        updates.ForEach(update => update.Apply());
    }

    /// <summary>Returns a weight with an update, owned by the caller's dispose scope.</summary>
    /// <param name="weight">Weight in any shape whose first axis has the rows.</param>
    /// <param name="factors">Factors, see <see cref="FactorsSuffix"/>.</param>
    /// <param name="strength">Factor of the update.</param>
    public static Tensor Merge(Tensor weight, Tensor factors, double strength)
    {
        var rows = weight.flatten(1);
        return Merge(rows, Split(factors, rows.shape[1]), strength).view(weight.shape);
    }

    /// <inheritdoc cref="Merge(Tensor, Tensor, double)"/>
    /// <param name="rows">(k, width), the table's row for unknown words k times.</param>
    /// <param name="update">(k, width).</param>
    public static Tensor MergeRows(Tensor rows, Tensor update, double strength) => (update * strength).add_(rows);

    public void Dispose()
    {
        updates.ForEach(update => update.Dispose());
        Parameters.Dispose();
    }

    private static Tensor Merge(Tensor rows, (Tensor A, Tensor B) factors, double strength) => factors.B.mm(factors.A).mul_(strength).add_(rows);

    /// <returns>A, (rank, n), and B, (m, rank), as views.</returns>
    private static (Tensor A, Tensor B) Split(Tensor factors, long columns) =>
        (factors.narrow(1, 0, columns), factors.narrow(1, columns, factors.shape[1] - columns).t());

    /// <param name="weight">Weight in the network.</param>
    /// <param name="gradient">Gradient of the weight.</param>
    private abstract class Update(Tensor weight, Tensor gradient) : IDisposable
    {
        protected Tensor Weight => weight;

        protected Tensor Gradient => gradient;

        /// <summary>All tensors that the update needs between steps.</summary>
        protected abstract IEnumerable<Tensor> Tensors { get; }

        public abstract void Project();

        public abstract void Apply();

        public void Keep()
        {
            foreach (var tensor in Tensors.Append(weight).Append(gradient))
            {
                tensor.DetachFromDisposeScope();
            }
        }

        public void Dispose()
        {
            foreach (var tensor in Tensors.Append(weight).Append(gradient))
            {
                tensor.Dispose();
            }
        }
    }

    private sealed class FactorUpdate(Tensor weight, Tensor gradient, (Tensor A, Tensor B) factors, (Tensor A, Tensor B) gradients) : Update(weight, gradient)
    {
        /// <summary>Frozen weight as a matrix.</summary>
        private readonly Tensor frozen = weight.flatten(1).clone();

        protected override IEnumerable<Tensor> Tensors => [frozen, factors.A, factors.B, gradients.A, gradients.B];

        public override void Project()
        {
            var matrix = Gradient.flatten(1);
            gradients.A.copy_(factors.B.t().mm(matrix));
            gradients.B.copy_(matrix.mm(factors.A.t()));
        }

        public override void Apply() => Weight.copy_(Merge(frozen, factors, 1).view(Weight.shape));
    }

    private sealed class RowUpdate(Tensor weight, Tensor gradient, Tensor rows, Tensor rowGradients) : Update(weight, gradient)
    {
        private readonly Tensor frozen = weight.clone();

        protected override IEnumerable<Tensor> Tensors => [frozen, rows, rowGradients];

        public override void Project() => rowGradients.copy_(Gradient);

        public override void Apply() => Weight.copy_(MergeRows(frozen, rows, 1));
    }
}

/// <summary>Describes which weights an adapter updates.</summary>
/// <param name="Rank">Rank of the updates; <c>null</c> for the largest whose file has at most <see cref="LowRankUpdates.MaxBytes"/> bytes.</param>
/// <param name="Layers">Patterns of weight names with * as a wildcard, separated by spaces; <c>null</c> for all linear layers and convolutions.</param>
/// <param name="Tables">Tables with rows for new words, and their numbers of frozen rows.</param>
public sealed record AdapterShape(int? Rank, string? Layers, IReadOnlyList<(string Name, long Rows)> Tables)
{
    /// <summary>Returns whether the adapter updates a weight.</summary>
    public bool Includes(string weight) => Layers is null
        || Layers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, weight));
}
