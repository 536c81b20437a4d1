using TinySora.Engine.Compute.Native;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers.Recorded;

/// <summary>
/// Forward and backward passes of a network in training, recorded once per shape of the inputs. For autograd, a pass is a single operation, which writes the
/// gradients of the weights to where the optimizer reads them.
/// </summary>
internal sealed class TrainedPasses(nn.Module network) : IDisposable
{
    /// <summary>Maximum number of recorded shapes. Each shape has its own memory.</summary>
    private const int MaxPasses = 32;

    private readonly Dictionary<string, Pass> passes = [];

    /// <summary>Whether passes are recorded. Tests disable recording to compare results.</summary>
    public static bool Enabled { get; set; } = true;

    /// <summary>Why the last pass was not recorded; <c>null</c> if it was.</summary>
    public string? Problem { get; private set; }

    /// <summary>Applies the network, if it can be recorded.</summary>
    /// <param name="inputs">Inputs that need no gradient; integers and booleans are converted to float32.</param>
    /// <param name="condition">Input whose gradient is computed, float32; or <c>null</c>.</param>
    /// <returns>The result; <c>null</c> if the caller must compute it, see <see cref="Problem"/>.</returns>
    public Tensor? Apply(Tensor[] inputs, Tensor? condition, Func<IReadOnlyList<AnyTensor>, AnyTensor?, AnyTensor> forward)
    {
        var (place, x) = (DirectGradients.Expected, inputs[0]);
        Problem = !Enabled || place is null || !is_grad_enabled() || x.requires_grad ? "gradients are not computed by one backward pass per step"
            : Recording.FindProblem(x.device);
        if (Problem is not null)
        {
            return null;
        }

        // Each part of the batch becomes a program.
        var divided = inputs.Append(condition).OfType<Tensor>().All(input => input.shape[0] == x.shape[0]);
        var parts = divided ? RecordedBatch.Divide(x.shape[0]) : [(0, x.shape[0])];
        var key = string.Join(' ', [parts.Count, .. inputs.SelectMany(input => input.shape.Append(-1)), .. condition?.shape ?? []]);
        if (!passes.TryGetValue(key, out var pass) || !pass.Weights.IsIn(place!.Values, place.Gradients))
        {
            pass?.Program?.Dispose();
            passes[key] = pass = passes.Count < MaxPasses ? Record(inputs, condition?.shape, place!, parts, forward)
                : new Pass(new RecordedWeights([], place!.Values, place.Gradients), null, 0, "the shapes of its inputs change too often");
        }

        Problem = pass.Problem ?? (pass.PendingIn == place ? "the network is used twice in a step" : null);
        if (Problem is not null)
        {
            return null;
        }

        pass.PendingIn = place;
        using var scope = NewDisposeScope();
        var trained = pass.Weights.First!; // an input that needs a gradient, so that autograd calls the pass
        return new Operation(pass, inputs.Length).Apply([.. inputs.Select(input => input.to(ScalarType.Float32)), condition, trained])
            .MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var pass in passes.Values)
        {
            pass.Program?.Dispose();
        }

        passes.Clear();
    }

    private Pass Record(
        Tensor[] inputs, long[]? condition, ExpectedGradients place, IReadOnlyList<(long First, long Count)> parts,
        Func<IReadOnlyList<AnyTensor>, AnyTensor?, AnyTensor> forward)
    {
        var weights = new RecordedWeights(network.parameters(), place.Values, place.Gradients);
        if (!weights.AreFlat || weights.First is null)
        {
            return new Pass(weights, null, 0, "the optimizer does not update all of its weights");
        }

        var gradients = new PartialGradients(weights, parts.Count);
        var before = FlopCounter.Count;
        try
        {
            var whole = RecordForward(weights, inputs[0].shape[0]);
            var flops = FlopCounter.Count - before; // not those of the parts, which repeat operations on weights alone
            List<(RecordedProgram, long)> programs = parts.Count == 1 ? [(Compile(whole), 0)]
                : [.. parts.Zip(gradients.Weights, (part, own) => (Compile(RecordForward(own, part.Count)), part.First))];
            return new Pass(weights, new RecordedBatch(programs, gradients), flops, null);
        }
        catch (NotSupportedException e)
        {
            gradients.Dispose();
            return new Pass(weights, null, 0, e.Message);
        }
        finally
        {
            FlopCounter.Add(before - FlopCounter.Count);
        }

        RecordedForward RecordForward(RecordedWeights weights, long examples)
        {
            var recording = new Recording(weights);
            List<RecordedTensor> recorded = [.. inputs.Select(input => recording.Input(input.dtype, Shape(input.shape)))];
            var differentiated = condition is null ? null : recording.Input(ScalarType.Float32, Shape(condition));
            if (differentiated is not null)
            {
                differentiated.Storage.NeedsGradient = true;
            }

            return new(recording, recorded, differentiated, (RecordedTensor)forward(recorded, differentiated));

            long[] Shape(long[] shape) => parts.Count == 1 ? shape : [examples, .. shape[1..]];
        }

        static RecordedProgram Compile(RecordedForward made)
        {
            RecordedTensor[] differentiated = made.Condition is null ? [] : [made.Condition];
            return made.Recording.CompileWithGradients([.. made.Inputs, .. differentiated], made.Result, differentiated);
        }
    }

    private sealed record RecordedForward(
        Recording Recording, IReadOnlyList<RecordedTensor> Inputs, RecordedTensor? Condition, RecordedTensor Result);

    /// <param name="Flops">Operations of the forward pass, see <see cref="FlopCounter"/>.</param>
    /// <param name="Problem">Why the pass was not recorded.</param>
    private sealed record Pass(RecordedWeights Weights, RecordedBatch? Program, long Flops, string? Problem)
    {
        /// <summary>The step whose forward pass has not been followed by its backward pass.</summary>
        public ExpectedGradients? PendingIn { get; set; }
    }

    /// <summary>Operation whose inputs are those of the pass, the condition or <c>null</c>, and a weight.</summary>
    /// <param name="constants">Number of inputs of the pass that need no gradient.</param>
    private sealed class Operation(Pass pass, int constants) : KernelOperation
    {
        protected override Tensor Compute(Tensor?[] inputs)
        {
            FlopCounter.Add(pass.Flops);
            using var scope = NewDisposeScope();
            Tensor[] values = [.. inputs[..^1].OfType<Tensor>().Select(input => ToContiguous(input))];
            return pass.Program!.Run(values).MoveToOuterDisposeScope();
        }

        protected override Tensor?[] Differentiate(IReadOnlyList<Tensor> kept, Tensor gradient)
        {
            if (!DirectGradients.Claim(pass.PendingIn!, pass.Weights.Used))
            {
                throw new InvalidOperationException("A recorded network needs the backward pass that was announced to it.");
            }

            pass.PendingIn = null;
            var gradients = pass.Program!.RunBackward(ToContiguous(gradient, ScalarType.Float32));
            return [.. Enumerable.Repeat<Tensor?>(null, constants), gradients.FirstOrDefault(), null];
        }
    }
}
