using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>The state of a run as tensors in a checkpoint: <c>model.*</c>, <c>ema.*</c>, and <c>optimizer.NAME.*</c> for each optimizer state.</summary>
public static class StateTensors
{
    private const string OptimizerPrefix = "optimizer.";

    /// <summary>Returns all tensors by name, as views owned by the caller's dispose scope.</summary>
    public static IEnumerable<(string Name, Tensor Tensor)> Of(TrainingState state) =>
    [
        .. state.Updates is null ? TiedWeights.State(state.Model).Select(item => (ModelWeights.ModelPrefix + item.Key, item.Value))
            : Named(state, ModelWeights.ModelPrefix, group => group.Parameters.Values),
        .. Named(state, ModelWeights.EmaPrefix, group => group.Average),
        .. Remembered(state),
    ];

    /// <summary>Returns the averaged parameters in another element type, with the names of trained weights, owned by the caller's dispose scope.</summary>
    public static IEnumerable<(string Name, Tensor Tensor)> AveragesOf(TrainingState state, ScalarType type) =>
        Named(state, ModelWeights.ModelPrefix, group => group.Average).Select(item => (item.Name, item.Tensor.to(type)));

    /// <summary>Returns whether a checkpoint contains optimizer state; imported and exported checkpoints do not.</summary>
    public static bool HasOptimizer(SafetensorsFile file) =>
        file.Tensors.Keys.Any(name => name.StartsWith(OptimizerPrefix, StringComparison.Ordinal));

    /// <summary>Returns the size in bytes of a checkpoint's tensors: weights, averaged weights and optimizer state.</summary>
    public static long EstimateLength(long parameters, OptimizerKind optimizer) =>
        (2 + OptimizerChoice.StateNames(optimizer).Count) * sizeof(float) * parameters;

    /// <summary>
    /// Restores weights, averages and optimizer state from a checkpoint of the same model; missing optimizer state is initialized with zeros.
    /// </summary>
    /// <param name="published">Rules for tensors in the file other than weights; <c>null</c> if there are none.</param>
    /// <exception cref="TinySoraException">OtherModel, MissingTensor; Damaged: a weight is NaN or infinite.</exception>
    public static void Restore(SafetensorsFile file, TrainingState state, int step, PublishedWeights? published = null)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        if (state.Updates is null)
        {
            ModelWeights.Load(file, state.Model, averaged: false, published: published);
        }
        else
        {
            ModelWeights.Fill(file, Named(state, "", group => group.Parameters.Values).ToDictionary(item => item.Name, item => item.Tensor));
        }

        var averages = ModelWeights.Of(file, averaged: true, state.Updates is null ? published : null);
        foreach (var (name, view) in Named(state, "", group => group.Average))
        {
            if (averages.TryGetValue(name, out var average)) // Exported files do not contain tensors that only training needs; see ModelWeights.Load.
            {
                average.CopyTo(view);
                ModelWeights.RequireFinite(file.Path, ModelWeights.EmaPrefix + name, view);
            }
        }

        state.Step = step;
        var remembered = HasOptimizer(file);
        if (!remembered)
        {
            state.MomentsSince = step;
        }

        foreach (var (name, view) in Remembered(state))
        {
            if (remembered)
            {
                file.CopyTo(name, view);
            }
            else
            {
                view.zero_();
            }
        }

        state.Updates?.Apply();
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Remembered(TrainingState state) => state.Groups[0].Optimizer.States
        .SelectMany((item, i) => Named(state, $"{OptimizerPrefix}{item.Name}.", group => group.Optimizer.States[i].Values));

    private static IEnumerable<(string Name, Tensor Tensor)> Named(TrainingState state, string prefix, Func<OptimizedGroup, Tensor> flat) =>
        state.Groups.SelectMany(group => group.Parameters.Views(flat(group)).Select(item => (prefix + item.Name, item.View)));
}
