using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>Where a schedule sets the rate.</summary>
            public interface ILearningRateController
            {
                double LearningRate { get; set; }

                double InitialLearningRate { get; set; }
            }

            public abstract class Optimizer : IDisposable
            {
                public abstract IEnumerable<ILearningRateController> ParamGroups { get; }

                public abstract IEnumerable<Parameter> parameters();

                /// <summary>Moves the parameters once along their gradients.</summary>
                public abstract Tensor? step(Func<Tensor>? closure = null);

                public abstract void zero_grad();

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing)
                {
                }

                /// <summary>Options per group, and state per parameter in the order of the groups.</summary>
                public sealed class StateDictionary
                {
                    internal StateDictionary(List<OptimizerOptions> options, List<OptimizerState> state)
                    {
                        Options = options;
                        State = state;
                    }

                    public List<OptimizerOptions> Options { get; }

                    public List<OptimizerState> State { get; }
                }
            }
        }
    }
}

namespace TorchSharp.Modules
{
    public class OptimizerOptions
    {
        public double? LearningRate { get; set; }

        public double InitialLearningRate { get; set; }
    }

    /// <summary>What an optimizer remembers of one parameter.</summary>
    public abstract class OptimizerState : IDisposable
    {
        public abstract void Dispose();
    }

    /// <summary>Parameters that share their options.</summary>
    public class ParamGroup : ILearningRateController
    {
        public IEnumerable<Parameter> Parameters { get; set; } = [];

        public OptimizerOptions Options { get; set; } = new();

        public double LearningRate
        {
            get => Options.LearningRate!.Value;
            set => Options.LearningRate = value;
        }

        public double InitialLearningRate
        {
            get => Options.InitialLearningRate;
            set => Options.InitialLearningRate = value;
        }
    }

    /// <summary>The part that every optimizer written in C# shares.</summary>
    public abstract class OptimizerHelper : Optimizer
    {
        private readonly List<ParamGroup> _groups = [];
        private readonly Dictionary<Parameter, OptimizerState> _state = new(ReferenceEqualityComparer.Instance);

        public override IEnumerable<ILearningRateController> ParamGroups => _groups;

        public override IEnumerable<Parameter> parameters() => _groups.SelectMany(group => group.Parameters);

        public StateDictionary state_dict() =>
            new([.. _groups.Select(group => group.Options)], [.. parameters().Select(p => _state[p])]);

        /// <summary>Zero-fills the gradients, as TorchSharp does; null them through the module to free their memory.</summary>
        public override void zero_grad()
        {
            foreach (var parameter in parameters())
            {
                using var gradient = parameter.grad;
                gradient?.zero_();
            }
        }

        public override Tensor? step(Func<Tensor>? closure = null)
        {
            Tensor? loss = null;
            if (closure is not null)
            {
                using var _ = enable_grad();
                loss = closure();
            }
            using (no_grad())
            {
                foreach (var group in _groups)
                {
                    foreach (var parameter in group.Parameters)
                    {
                        using var scope = NewDisposeScope();
                        if (parameter.grad is { } gradient)
                        {
                            Update(parameter, gradient, group.Options, _state[parameter]);
                        }
                    }
                }
            }
            return loss;
        }

        private protected void Add(ParamGroup group)
        {
            _groups.Add(group);
            foreach (var parameter in group.Parameters)
            {
                _state.Add(parameter, NewState(parameter, group.Options));
            }
        }

        private protected abstract OptimizerState NewState(Parameter parameter, OptimizerOptions options);

        private protected abstract void Update(
            Parameter parameter, Tensor gradient, OptimizerOptions options, OptimizerState state);

        protected override void Dispose(bool disposing)
        {
            foreach (var state in _state.Values)
            {
                state.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
