using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Adam (Kingma and Ba 2015); weight decay is added to the gradient.</summary>
    public class Adam : OptimizerHelper
    {
        internal Adam(
            IEnumerable<Parameter> parameters, double lr, double beta1, double beta2, double eps, double weight_decay,
            bool amsgrad, bool maximize) =>
            Add(new ParamGroup
            {
                Parameters = [.. parameters],
                Options = new Options
                {
                    LearningRate = lr, InitialLearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps,
                    weight_decay = weight_decay, amsgrad = amsgrad, maximize = maximize,
                },
            });

        public class Options : OptimizerOptions
        {
            public double? beta1;
            public double? beta2;
            public double? weight_decay;
            public double? eps;
            public bool? amsgrad;
            public bool? maximize;
        }

        public class State : OptimizerState
        {
            public long step;
            public Tensor exp_avg = null!;
            public Tensor exp_avg_sq = null!;
            public Tensor? max_exp_avg_sq;

            public override void Dispose()
            {
                exp_avg.Dispose();
                exp_avg_sq.Dispose();
                max_exp_avg_sq?.Dispose();
                GC.SuppressFinalize(this);
            }
        }

        private protected override OptimizerState NewState(Parameter parameter, OptimizerOptions options) =>
            Fill(new State(), parameter, (Options)options);

        private protected static State Fill(State state, Parameter parameter, Options options)
        {
            Tensor Zeros()
            {
                using var values = parameter.detach();
                return zeros_like(values).DetachFromDisposeScope();
            }
            state.exp_avg = Zeros();
            state.exp_avg_sq = Zeros();
            state.max_exp_avg_sq = options.amsgrad == true ? Zeros() : null;
            return state;
        }

        private protected override void Update(
            Parameter parameter, Tensor gradient, OptimizerOptions options, OptimizerState state)
        {
            var o = (Options)options;
            gradient = o.maximize == true ? -gradient : gradient;
            if (o.weight_decay!.Value != 0)
            {
                gradient = gradient.add(parameter, alpha: o.weight_decay.Value);
            }
            Step(parameter, gradient, o, (State)state);
        }

        private protected static void Step(Parameter parameter, Tensor gradient, Options o, State s)
        {
            s.step++;
            var (beta1, beta2) = (o.beta1!.Value, o.beta2!.Value);
            var correction1 = 1 - Math.Pow(beta1, s.step);
            var correction2 = 1 - Math.Pow(beta2, s.step);
            s.exp_avg.mul_(beta1).add_(gradient, alpha: 1 - beta1);
            s.exp_avg_sq.mul_(beta2).addcmul_(gradient, gradient, value: 1 - beta2);
            var second = s.exp_avg_sq;
            if (s.max_exp_avg_sq is not null)
            {
                second = s.max_exp_avg_sq.copy_(s.max_exp_avg_sq.maximum(s.exp_avg_sq));
            }
            var denominator = second.sqrt().div_(Math.Sqrt(correction2)).add_(o.eps!.Value);
            parameter.addcdiv_(s.exp_avg, denominator, value: -o.LearningRate!.Value / correction1);
        }
    }

    /// <summary>Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019).</summary>
    public class AdamW : Adam
    {
        internal AdamW(
            IEnumerable<Parameter> parameters, double lr, double beta1, double beta2, double eps, double weight_decay,
            bool amsgrad, bool maximize)
            : base(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
        {
        }

        public new sealed class State : Adam.State;

        private protected override OptimizerState NewState(Parameter parameter, OptimizerOptions options) =>
            Fill(new State(), parameter, (Options)options);

        private protected override void Update(
            Parameter parameter, Tensor gradient, OptimizerOptions options, OptimizerState state)
        {
            var o = (Options)options;
            parameter.mul_(1 - o.LearningRate!.Value * o.weight_decay!.Value);
            Step(parameter, o.maximize == true ? -gradient : gradient, o, (State)state);
        }
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class optim
        {
            public static Adam Adam(
                IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static AdamW AdamW(
                IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}
