using System.Diagnostics;
using TinySora.Engine.Compute;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Benchmarks;

/// <summary>
/// Measures the token models of token_models.py: training steps with 4 windows of 512 tokens, or sampling of the next token after an almost full window.
/// </summary>
internal static class TokenModels
{
    private const int Codes = 5120;
    private const int Block = 512;
    private const int Batch = 4;

    private static readonly Dictionary<string, TokenModelKind> Networks = new()
    {
        ["nanogpt-768"] = TokenModelKind.NanoGpt, ["mamba-768"] = TokenModelKind.Mamba,
    };

    public static bool Has(string name) => Networks.ContainsKey(name);

    /// <param name="work">train or sample.</param>
    /// <returns>Seconds per step or token, after the warm-up.</returns>
    public static double[] Seconds(string work, string name, bool isNarrow, double warmup, int steps)
    {
        manual_seed(0);
        var config = new TokenNetworkConfig { Architecture = Networks[name], BlockSize = Block };
        using var network = TokenNetworks.Create(config, Codes, new(8, 8, 8));
        network.to(Worker.Device);
        var (seconds, clock) = (new List<double>(), Stopwatch.StartNew());
        foreach (var step in work == "train" ? Train(network, config, isNarrow) : Sample(network, config, isNarrow, steps))
        {
            seconds.Add(step);
            if (clock.Elapsed.TotalSeconds > warmup && seconds.Count >= steps)
            {
                break;
            }
        }

        return [.. seconds.TakeLast(steps)];
    }

    private static IEnumerable<double> Train(TokenNetwork network, TokenNetworkConfig config, bool isNarrow)
    {
        var trainer = new TrainerConfig { Optimizer = OptimizerKind.AdamW, WeightDecay = 0, TrainLr = 1e-4 };
        using var chance = new Generator(0, Worker.Device);
        using var parameters = new FlatParameters(network);
        using var optimizer = OptimizerChoice.Create(parameters, trainer);
        for (var step = 0; ; step++)
        {
            var clock = Stopwatch.StartNew();
            using var scope = NewDisposeScope();
            using var precision = Precision.Use(isNarrow);
            var tokens = randint(0, TokenNetworks.Vocabulary(config.Architecture, Codes), [Batch, Block + 1], device: Worker.Device);
            var features = network.forward(new TokenInput(tokens.narrow(1, 0, Block)) { Chance = chance });
            var loss = TokenLoss.Compute(network.Logits(features).flatten(0, 1), tokens.narrow(1, 1, Block).flatten());
            parameters.Backward(loss);
            using (no_grad())
            {
                optimizer.Step(step, trainer.TrainLr, loss.isfinite().logical_not());
                parameters.Values[0].item<float>(); // waits for a GPU
            }

            yield return clock.Elapsed.TotalSeconds;
        }
    }

    private static IEnumerable<double> Sample(TokenNetwork network, TokenNetworkConfig config, bool isNarrow, int tokens)
    {
        using var precision = Precision.UseWithFixedWeights(isNarrow);
        using var nothing = no_grad();
        while (true)
        {
            using var scope = NewDisposeScope();
            using var state = network.NewState()!;
            var next = randint(0, TokenNetworks.Vocabulary(config.Architecture, Codes), [1, Block - tokens], device: Worker.Device);
            for (var i = 0; i <= tokens; i++)
            {
                var clock = Stopwatch.StartNew();
                var features = network.forward(new TokenInput(next) { State = state });
                next = Precision.ToFloat32(network.Logits(features.select(1, features.shape[1] - 1))).softmax(-1).multinomial(1);
                next.sum().item<long>();
                if (i > 0)
                {
                    yield return clock.Elapsed.TotalSeconds;
                }
            }
        }
    }
}
