using System.Security.Cryptography;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Families;
using TinySora.Engine.Tests.Text;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Reports;
using TorchSharp;

namespace TinySora.Engine.Tests.Configuration;

/// <summary>
/// Checks that every key has an effect, in its own family or, for keys of the trainer, in one of the families: a run of a few steps differs if the key
/// has another value. Compared is everything that a run writes except its configuration and times: weights, averages and moments of each checkpoint,
/// metrics, drawn clips, file names, and on failure the error.
/// </summary>
public sealed class KeyEffectTests : VideoRuns
{
    /// <summary>Keys that only cause other values to be refused: the problem is compared.</summary>
    private const char Refuses = '!';

    /// <summary>
    /// Keys without effect here: one of the published file, one that only saves memory (LatentNetworkTests.Recomputed_blocks_are_not_kept_in_memory), and those
    /// of adapters, which need an initial checkpoint (LowRankUpdatesTests).
    /// </summary>
    private static readonly string[] Without = ["model.block_type", "model.grad_checkpoint", "trainer.adapter_rank", "trainer.adapter_layers"];

    public KeyEffectTests()
    {
        foreach (var (split, count) in new[] { (DatasetSplit.Training, 5), (DatasetSplit.Validation, 2) })
        {
            var options = new DrawOptions { Count = count, Seed = 99, Size = 16, Frames = 4, IncludeHeldOut = true };
            Assert.Equal(count, DatasetWriter.Draw(folder.File("other", split), DatasetKinds.Shapes, options).Count());
        }

        // All clips but one share a caption; otherwise no two captions would be equal.
        var drawn = new DrawOptions { Count = 5, Size = 16, Frames = 4 };
        Assert.Equal(5, DatasetWriter.Draw(folder.File("twins", DatasetSplit.Validation), DatasetKinds.Shapes, drawn).Count());
        foreach (var clip in DatasetWriter.Draw(folder.File("twins", DatasetSplit.Training), DatasetKinds.Shapes, drawn).Skip(1))
        {
            File.WriteAllText(Path.ChangeExtension(clip.Path, "txt"), "one of four");
        }

        foreach (var split in new[] { DatasetSplit.Training, DatasetSplit.Validation })
        {
            foreach (var clip in DatasetWriter.Draw(folder.File("lines", split), DatasetKinds.Shapes, drawn))
            {
                File.AppendAllText(Path.ChangeExtension(clip.Path, "txt"), "another one\n");
            }
        }

        GoldenBert.CopyTo(folder.File("bert"));
        File.WriteAllText(folder.File("one.txt"), "*1\n");
    }

    public static TheoryData<string> Families => [.. KeyEffects.Rows.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_key_has_an_effect(string family)
    {
        var own = FamilyConfigs.Create(family)!;
        var rows = KeyEffects.Rows[family].Concat(KeyEffects.Shared(family)).ToList();
        Assert.Equal(
            ConfigSchema.For(own).Keys.Select(key => key.FullName).Except(Without).Order(StringComparer.Ordinal),
            rows.Select(KeyEffects.KeyOf).Order(StringComparer.Ordinal));
        Prepare(family);
        var without = new Dictionary<string, string>();
        var unread = new List<string>();
        foreach (var row in rows.Where(row => KeyEffects.IsTried(family, row)))
        {
            var parts = row.Split(" | ");
            var context = parts.Length > 1 ? parts[1] : "";
            if (!without.TryGetValue(context, out var before))
            {
                without[context] = before = Facts(family, context, refuses: false);
                Assert.Equal(before, Facts(family, context, refuses: false));
            }

            var refuses = parts[0].EndsWith(Refuses);
            if (before == Facts(family, $"{context}; {parts[0].TrimEnd(Refuses)}", refuses))
            {
                unread.Add(row);
            }
        }

        Assert.Empty(unread);
    }

    /// <summary>Writes what the runs of a family need in addition to clips.</summary>
    private void Prepare(string family)
    {
        if (family == "frame-autoencoder")
        {
            foreach (var (name, from) in new[] { ("data", 0), ("other", 7) })
            {
                Directory.Delete(folder.File(name), recursive: true);
                for (var i = 0; i < 6; i++)
                {
                    var picture = Clip.Black(1, 16, 24, 3);
                    for (var p = 0; p < picture.Pixels.Length; p++)
                    {
                        picture.Pixels[p] = (byte)((i + from) * p);
                    }

                    var path = folder.File(name, i < 4 ? "train" : "val", $"{i}.png");
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    ClipFile.Write(path, picture);
                }
            }
        }

        // Videos by their names, with states of their captions and without codes.
        using (var writer = ArrowDatasetWriter.Create(folder.File("arrow"), [new("video_file", ArrowElement.Text), new("text_latent_states", ArrowElement.Float32, 2)]))
        {
            using var states = torch.ones([2, 8], torch.ScalarType.Float32);
            foreach (var film in Directory.GetFiles(folder.File("data", "train"), "*.gif").Order(StringComparer.Ordinal))
            {
                writer.Add(Path.GetFileName(film), states);
            }

            writer.Complete();
        }

        foreach (var seed in family is "latent-transformer" or "token-model" ? new[] { 1, 2 } : [])
        {
            var codec = ConfigFile.Parse(family == "token-model" ? KeyEffects.TokenCodec : KeyEffects.LatentCodec, "codec");
            Run($"codec{seed}", codec with { Trainer = codec.Trainer with { Seed = seed } }, 1);
        }

        if (family == "latent-transformer")
        {
            SaveLatents("codec2");
            var text = KeyEffects.Base(family).Replace("~", folder.Path, StringComparison.Ordinal);
            Run("teacher", ConfigFile.Parse(text, family, Settings.Several(FamilyConfigs.Create(family)!, KeyEffects.TeacherSetting, folder.Path)), 1);
        }
    }

    /// <summary>Writes latents of another autoencoder, which are refused when they are loaded.</summary>
    private void SaveLatents(string codec)
    {
        using var model = CodecModel.Open(folder.File(codec), "cpu");
        var options = new LatentExportOptions { DataPath = folder.File("data"), OutputPath = folder.File("saved"), Format = LatentFormat.PerVideo };
        Assert.NotEmpty(LatentExport.Write(model, options, _ => { }).ToList());
    }

    private string Facts(string family, string settings, bool refuses)
    {
        var own = FamilyConfigs.Create(family)!;
        foreach (var name in new[] { "run", "elsewhere" }.Where(name => Directory.Exists(folder.File(name))))
        {
            Directory.Delete(folder.File(name), recursive: true);
        }

        var given = Settings.Several(own, settings, folder.Path);
        var text = KeyEffects.Base(family).Replace("~", folder.Path, StringComparison.Ordinal);
        var observer = new RecordingObserver();
        try
        {
            var config = ConfigFile.Parse(text, family, given);
            TrainingSession.Run(new() { Config = config, Device = "cpu" }, observer, CancellationToken.None);
            var results = config.Trainer.ResultsFolder;
            return string.Join('\n', [
                Path.GetFileName(results),
                .. Directory.GetFiles(results).Select(path => Path.GetFileName(path).Split("tfevents")[0]).Order(StringComparer.Ordinal),
                .. Directory.GetFiles(results, "sample-*").Order(StringComparer.Ordinal).Select(path => Hash(ClipFile.Read(path).Pixels)),
                .. CheckpointStore.List(results).Select(Describe),
                .. observer.Logged.Select(Describe),
            ]);
        }
        catch (TinySoraException error)
        {
            // A row whose value is invalid proves nothing.
            Assert.Equal((settings, refuses), (settings, error.Id == "TinySora.Config.InvalidValue"));
            return $"{error.Id} {error.Message}";
        }
    }

    private static string Describe(CheckpointInfo info)
    {
        using var file = SafetensorsFile.Open(info.Path);
        using var scope = torch.NewDisposeScope();
        return $"{info.Step} {info.IsBest} {string.Join(' ', file.Tensors.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item =>
            $"{item.Key} {string.Join('x', file.Entries[item.Key].Shape)} {Hash(item.Value.Read().contiguous().bytes.ToArray())}"))}";
    }

    private static string Describe(TrainingStep step)
    {
        var scalars = step.Scalars?.Select(scalar => $"{scalar.Key} {scalar.Value:R}") ?? [];
        return $"{step.Step} {step.Loss:R} {step.GradientNorm:R} {step.LearningRate:R} {string.Join(' ', scalars)}";
    }

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes)[..6]);
}
