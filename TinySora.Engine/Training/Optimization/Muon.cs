using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Configuration;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Optimization;

/// <summary>
/// Muon optimizer (Jordan et al. 2024). It orthogonalizes the momentum of each matrix by five Newton-Schulz iterations, and normalizes rows by their running
/// mean square (NorMuon, Li et al. 2025, arXiv 2510.05491). Steps are scaled to the size of AdamW steps (Liu et al. 2025, arXiv 2502.16982), so that
/// learning rate and weight decay are comparable.
/// Parameters that are not matrices use <see cref="AdamW"/>.
/// </summary>
public sealed class Muon : Adam
{
    /// <summary>Decay of a matrix's momentum, and of the mean squares of its rows.</summary>
    private const double Beta = 0.95;

    /// <summary>Root mean square of AdamW steps, in units of the learning rate.</summary>
    private const double StepSize = 0.2;

    private const double Epsilon = 1e-8;
    private const int Iterations = 5;

    private readonly FlatParameters parameters;
    private readonly TrainerConfig config;
    private readonly List<List<FlatMatrix>> shapes;

    public Muon(FlatParameters parameters, TrainerConfig config)
        : base(parameters, config, config.WeightDecay, Others(parameters))
    {
        (this.parameters, this.config) = (parameters, config);
        shapes = [.. parameters.Matrices.GroupBy(matrix => (matrix.Rows, matrix.Columns)).Select(group => group.ToList())];
    }

    /// <inheritdoc/>
    public override long Flops => Iterations * parameters.Matrices.Sum(matrix =>
    {
        var (m, n) = (Math.Min(matrix.Rows, matrix.Columns), Math.Max(matrix.Rows, matrix.Columns));
        return 2 * ((2 * m * m * n) + (m * m * m));
    });

    /// <inheritdoc/>
    public override void Step(int step, double learningRate, Tensor skip)
    {
        // On the CPU, skip the work here. On a GPU, reading the flag would mean waiting for the GPU.
        if (skip.device_type != DeviceType.CPU || !skip.ToBoolean())
        {
            using var scope = NewDisposeScope();
            using var precision = config.Amp.Use(parameters.Values.device);
            shapes.ForEach(matrices => Step(matrices, learningRate, skip));
        }

        base.Step(step, learningRate, skip);
    }

    /// <summary>Approximates the nearest orthogonal matrix by Jordan's quintic polynomial; the singular values of the result are between 0.7 and 1.2.</summary>
    /// <param name="matrices">(K, m, n).</param>
    /// <returns>(K, m, n), in bfloat16 if <see cref="Precision"/> selects it.</returns>
    internal static Tensor Orthogonal(Tensor matrices)
    {
        const double A = 3.4445, B = -4.7750, C = 2.0315;
        var tall = matrices.shape[1] > matrices.shape[2];
        var x = tall ? matrices.mT : matrices;
        x = Precision.ToComputeType(x / (Size(x) + Epsilon));
        for (var i = 0; i < Iterations; i++)
        {
            var gram = x.bmm(x.mT);
            var polynomial = gram.baddbmm(gram, gram, beta: (float)B, alpha: (float)C);
            x = polynomial.baddbmm(x, x, beta: (float)A); // In TorchSharp, the third operand is the one that is added.
        }

        return tall ? x.mT : x;
    }

    /// <summary>Updates all matrices of one shape.</summary>
    private void Step(List<FlatMatrix> matrices, double learningRate, Tensor skip)
    {
        using var scope = NewDisposeScope();
        var gradients = All(parameters.Gradients).masked_fill(skip, 0);
        var momentum = All(Mean).lerp(gradients, 1 - Beta);
        var update = Precision.ToFloat32(Orthogonal(gradients.lerp(momentum, Beta)));
        var squares = All(MeanSquare).lerp(update.square().mean([2L], keepdim: true), 1 - Beta);
        update = update / (squares.sqrt() + Epsilon);
        update *= StepSize * learningRate * Math.Sqrt(matrices[0].Rows * matrices[0].Columns) / (Size(update) + Epsilon);  // A gradient of 0 makes no step.
        var share = skip.logical_not().to(float32); // 1, or 0 if skipped
        for (var i = 0; i < matrices.Count; i++)
        {
            var (matrix, own) = (matrices[i], i);
            var decay = matrix.Start < parameters.Decayed ? learningRate * config.WeightDecay : 0;
            var values = matrix.Of(parameters.Values);
            values.mul_(1 - (share * decay)).sub_(update[own].view(values.shape) * share);
            Keep(Mean, momentum);
            Keep(MeanSquare, squares.expand(update.shape));

            void Keep(Tensor state, Tensor all)
            {
                var view = matrix.Of(state);
                view.copy_(where(skip, view, all[own].reshape(view.shape)));
            }
        }

        Tensor All(Tensor flat) => stack([.. matrices.Select(matrix => matrix.Of(flat).flatten(1))]);
    }

    /// <returns>Frobenius norm of each of K matrices, (K, 1, 1).</returns>
    private static Tensor Size(Tensor matrices) => matrices.flatten(1).norm(dim: 1).view(-1, 1, 1);

    /// <summary>Returns the ranges of elements outside the matrices, split between parameters with and without weight decay.</summary>
    private static List<(long Start, long Length)> Others(FlatParameters parameters)
    {
        var (parts, start) = (new List<(long, long)>(), 0L);
        foreach (var matrix in parameters.Matrices.OrderBy(matrix => matrix.Start))
        {
            Add(matrix.Start);
            start = matrix.Start + matrix.Length;
        }

        Add(parameters.Values.shape[0]);
        return parts;

        void Add(long end)
        {
            var cut = Math.Clamp(parameters.Decayed, start, end);
            parts.AddRange(new[] { (start, cut - start), (cut, end - cut) }.Where(part => part.Item2 > 0));
        }
    }
}
