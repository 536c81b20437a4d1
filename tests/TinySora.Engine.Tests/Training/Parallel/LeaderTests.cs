using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Tests.Compute.Processes;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Parallel;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Parallel;

/// <summary>A leader and its followers on threads of this process.</summary>
public sealed class LeaderTests
{
    private static readonly TrainerConfig Config = new() { TrainBatchSize = 4 };

    [Fact]
    public void Followers_start_with_the_weights_of_the_leader_and_take_part_in_its_steps()
    {
        var weights = Run(3, leader =>
        {
            Assert.True(leader.Leader.Step(() => leader.Add(1)));
            leader.State.TrainLr = 0.25;
            Assert.False(leader.Leader.Step(() => !leader.Add(2)));
            leader.Leader.Compare();
        });
        Assert.All(weights, values => Assert.Equal(weights[0], values));
    }

    [Fact]
    public void Weights_that_differ_are_an_error_that_names_the_process()
    {
        Run(2, leader =>
        {
            leader.Leader.Step(() => true); // without the change that the follower makes
            var error = Assert.Throws<TinySoraException>(leader.Leader.Compare);
            Assert.Equal(("TinySora.Process.OtherWeights", 1), (error.Id, error.Target));
            leader.Leader.Share();
            leader.Leader.Compare();
        });
    }

    [Theory]
    [InlineData("cpu", "other data", "TinySora.Process.OtherData")]
    [InlineData("cuda", "data", "TinySora.Process.OtherDevice")]
    public void Processes_must_have_the_same_data_and_the_same_kind_of_device(string device, string data, string id)
    {
        using var mpi = new ThreadedMpi();
        mpi.Run(2, rank =>
        {
            var group = new ProcessGroup(MpiLibrary.Start());
            using var task = new ToyTask();
            using var state = new TrainingState(task, Config);
            if (rank == 0)
            {
                using var leader = new Leader(group);
                var error = Assert.Throws<TinySoraException>(() => leader.Begin("setup", "data", task, state, Config));
                Assert.Equal((id, 1), (error.Id, error.Target));
                leader.Fail(error); // between two calls, so the followers need not be aborted
            }
            else
            {
                Follow(group, device == "cpu" ? $"{CPU.type}" : "CUDA", data);
                new Follower(group, task, state).Run(() => Assert.Fail("The leader started a step."));
            }

            return 0;
        });
    }

    [Fact]
    public void More_processes_than_clips_in_a_batch_are_an_error_and_end()
    {
        using var mpi = new ThreadedMpi();
        mpi.Run(2, rank =>
        {
            var group = new ProcessGroup(MpiLibrary.Start());
            if (rank > 0)
            {
                Assert.Null(group.BroadcastValue((string?)null));
                return 0;
            }

            using var task = new ToyTask();
            using var state = new TrainingState(task, Config);
            using var leader = new Leader(group);
            var error = Assert.Throws<TinySoraException>(() => leader.Begin("setup", "data", task, state, Config with { TrainBatchSize = 1 }));
            Assert.Equal("TinySora.Process.TooManyProcesses", error.Id);
            return 0;
        });
    }

    [Fact]
    public void Gradients_losses_and_operations_are_added_up()
    {
        using var mpi = new ThreadedMpi();
        var norms = mpi.Run(2, rank =>
        {
            using var scope = NewDisposeScope();
            var group = new ProcessGroup(MpiLibrary.Start());
            using var task = new ToyTask();
            using var parameters = new FlatParameters(task.Model);
            using (no_grad())
            {
                parameters.Gradients.fill_(rank + 1f);
            }

            var (loss, norm, scalars) = GradientSum.Sum(group, parameters, tensor(0.5f * (rank + 1)), new() { ["part"] = tensor(2f), ["other"] = tensor((float)rank) });

            Assert.Equal((1.5f, 4f, 1f), (loss.item<float>(), scalars["part"].item<float>(), scalars["other"].item<float>()));
            Assert.Equal(3f, parameters.Gradients[0].item<float>());
            Assert.Equal(1e12 + 3, GradientSum.Flops(group, rank == 0 ? 1e12 : 3));
            return norm.item<float>();
        });
        Assert.True(norms[0] > 3);
        Assert.Equal(norms[0], norms[1]);
    }

    /// <summary>Makes the calls of a follower that <see cref="Leader.Begin"/> waits for.</summary>
    private static void Follow(ProcessGroup group, string device, string data)
    {
        Assert.Equal("setup", group.BroadcastValue((string?)null));
        group.Gather(device);
        group.Gather(data);
    }

    private static List<float[]> Run(int count, Action<(Leader Leader, TrainingState State, Func<float, bool> Add)> lead)
    {
        using var mpi = new ThreadedMpi();
        return [.. mpi.Run(count, rank =>
        {
            var group = new ProcessGroup(MpiLibrary.Start());
            using var task = new ToyTask(seed: rank + 1);
            using var state = new TrainingState(task, Config);
            if (rank == 0)
            {
                using var leader = new Leader(group);
                leader.Begin("setup", "data", task, state, Config);
                lead((leader, state, Add));
            }
            else
            {
                Follow(group, $"{state.Device.type}", "data");
                var steps = 0;
                new Follower(group, task, state).Run(() =>
                {
                    Add(++steps);
                    Assert.True(steps == 1 || state.TrainLr == 0.25);
                });
            }

            return state.Groups[0].Parameters.Values.data<float>().ToArray();

            bool Add(float value)
            {
                using var nothing = no_grad();
                state.Groups[0].Parameters.Values.add_(value);
                return true;
            }
        })];
    }
}
