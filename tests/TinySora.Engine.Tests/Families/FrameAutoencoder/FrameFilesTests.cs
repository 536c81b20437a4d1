using TinySora.Engine.Configuration;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

/// <summary>Files that a run writes under the names of the published code.</summary>
public sealed class FrameFilesTests : IDisposable
{
    private const string Autoencoder = "vae_autoencoder_ckpt.pth";
    private const string Discriminator = "vae_discriminator_ckpt.pth";

    private static readonly string Yaml = FrameTesting.Judged.Replace("trainer:", $"""
        files:
          autoencoder: {Autoencoder}
          discriminator: {Discriminator}
          samples: "samples/sample_*.png"
        trainer:
          sample_every: 2
        """, StringComparison.Ordinal);

    private readonly TemporaryFolder folder = new();
    private readonly RecordingObserver observer = new();

    public FrameFilesTests()
    {
        Directory.CreateDirectory(folder.File("data"));
        for (var i = 0; i < 4; i++)
        {
            var picture = Clip.Black(1, 16, 24, 3);
            picture.Frame(0).Fill((byte)(40 * i));
            ClipFile.Write(folder.File("data", $"{i}.png"), picture);
        }
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Both_networks_are_plain_state_dicts_and_pictures_are_numbered_from_the_first_step()
    {
        Train("run", 6);
        Assert.Equal(
            ["sample_0.png", "sample_1.png", "sample_2.png", "sample_3.png"],
            Directory.GetFiles(folder.File("run", "samples")).Select(Path.GetFileName).Order());
        using var scope = NewDisposeScope();
        using var checkpoint = SafetensorsFile.Open(CheckpointStore.Latest(folder.File("run")).Path);
        foreach (var (name, prefix) in new[] { (Autoencoder, "model.autoencoder."), (Discriminator, "model.discriminator.") })
        {
            using var file = TensorFile.Open(folder.File("run", name));
            Assert.Equal(
                checkpoint.Tensors.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Select(key => key[prefix.Length..]).Order(),
                file.Tensors.Keys.Order());
            Assert.All(file.Tensors, item => Assert.True(item.Value.Read().eq(checkpoint.Tensors[prefix + item.Key].Read()).all().ToBoolean()));
        }
    }

    [Fact]
    public void New_run_starts_from_existing_weights_and_with_force_moves_them_aside()
    {
        Train("run", 6);
        Directory.CreateDirectory(folder.File("next"));
        File.Copy(folder.File("run", Autoencoder), folder.File("next", Autoencoder));
        Train("next", 1);
        Assert.Contains(observer.Messages, text => text.StartsWith("Starting from the weights of", StringComparison.Ordinal)
            && text.Contains(Autoencoder, StringComparison.Ordinal) && !text.Contains(Discriminator, StringComparison.Ordinal));
        Assert.True(Distance("run", "next") < 0.004, $"{Distance("run", "next")}"); // one Adam step with learning rate 0.003

        observer.Messages.Clear();
        Train("next", 1, force: true);
        Assert.DoesNotContain(observer.Messages, text => text.StartsWith("Begins with", StringComparison.Ordinal));
        Assert.True(Distance("run", "next") > 0.004, $"{Distance("run", "next")}");
        var aside = Assert.Single(Directory.GetDirectories(folder.File("next"), "old-*"));
        Assert.Equal([Autoencoder, Discriminator], Directory.GetFiles(aside, "*.pth").Select(Path.GetFileName).Order());
        Assert.Equal(["sample_0.png"], Directory.GetFiles(Path.Combine(aside, "samples")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("autoencoder: ../a.pth")]
    [InlineData("discriminator: /a.pth")]
    [InlineData("samples: picture.png")]
    [InlineData("samples: picture_*.gif")]
    public void File_names_cannot_leave_the_folder_of_the_run(string key)
    {
        var problem = Assert.Single(ConfigFile.Check($"family: frame-autoencoder\nfiles:\n  {key}\n", "x"));
        Assert.Contains($"files.{key.Split(':')[0]} is ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_reports_the_parts_of_the_loss()
    {
        Train("run", 6);
        var last = observer.Steps[^1];
        Assert.Equal(["recon", "kl", "gan.g", "gan.d"], last.Parts.Keys);
        Assert.StartsWith(FormattableString.Invariant($"loss {last.Loss:0.0000} (recon "), last.LossText, StringComparison.Ordinal);
    }

    private void Train(string run, int steps, bool force = false) => TrainingSession.Run(
        new TrainingRequest
        {
            Config = FrameTesting.Config(Yaml), DataPath = folder.File("data"), ResultsPath = folder.File(run), Device = "cpu", MaxSteps = steps,
            Force = force,
        },
        observer, CancellationToken.None);

    /// <summary>Returns the largest difference of any weight in the encoder's first layer.</summary>
    private double Distance(string one, string other)
    {
        using var scope = NewDisposeScope();
        Tensor Weight(string run)
        {
            using var file = TensorFile.Open(folder.File(run, Autoencoder));
            return file.Tensors["encoder_conv_in.weight"].Read();
        }

        return (Weight(one) - Weight(other)).abs().max().ToDouble();
    }
}
