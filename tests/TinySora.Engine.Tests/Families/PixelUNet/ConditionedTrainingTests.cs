using System.Buffers.Binary;
using System.Text;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Generation;
using TinySora.Engine.Tests.Text;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Families.PixelUNet;

/// <summary>Whole runs with a frozen encoder, with user-supplied vectors, and without conditioning.</summary>
public sealed class ConditionedTrainingTests : IDisposable
{
    private readonly TinyRun run = new();

    private string Bert => run.File("bert");

    public void Dispose() => run.Dispose();

    [Fact]
    public void Frozen_encoder_runs_once_before_the_first_step_and_then_only_for_new_prompts()
    {
        GoldenBert.CopyTo(Bert);
        var result = Train(
            new ModelConfig { TextEncoder = TextEncoderKind.Bert, TextEncoderPath = Bert, CondDim = null },
            trainer => trainer with { SampleEvery = 1, NumSampleRows = 2 },
            _ =>
            {
                if (Directory.Exists(Bert))
                {
                    Directory.Delete(Bert, recursive: true);
                }
            });
        Assert.Equal((4, RunState.Completed), (result.Step, result.StoppedBecause));
        Assert.False(Directory.Exists(Bert));
        Assert.Single(Directory.GetFiles(run.Data, "text-*", SearchOption.AllDirectories));
        Assert.Single(Directory.GetFiles(run.Data, "clips-*", SearchOption.AllDirectories));

        // If the folder is missing, one of the same name next to the checkpoint is used.
        GoldenBert.CopyTo(run.File("results", "bert"));
        using var generator = VideoGenerator.Open(run.Results, "cpu");
        Assert.Equal(2, generator.Sample(new SampleRequest(["a (red:1.2) circle", "a blue square"], [1, 2]) { NegativePrompts = ["blue", null] }).Count());
    }

    /// <summary>The encoder is deleted before the first step, so a caption that was not encoded would end the run.</summary>
    [Fact]
    public void All_captions_of_a_clip_are_encoded_before_one_of_them_is_drawn()
    {
        foreach (var clip in Clips())
        {
            CaptionFile.Write(clip, [.. CaptionFile.ReadAll(clip), $"second of {Path.GetFileName(clip)}", $"third of {Path.GetFileName(clip)}"]);
        }

        GoldenBert.CopyTo(Bert);
        var result = Train(
            new ModelConfig { TextEncoder = TextEncoderKind.Bert, TextEncoderPath = Bert, CondDim = null },
            trainer => trainer with { Captions = CaptionUse.Drawn, TrainNumSteps = 30, SaveModelEvery = 30 },
            _ =>
            {
                if (Directory.Exists(Bert))
                {
                    Directory.Delete(Bert, recursive: true);
                }
            });
        Assert.Equal(30, result.Step);
        Assert.False(Directory.Exists(Bert));
    }

    [Theory]
    [InlineData("bert", "vocab.txt, config.json, model.safetensors")]
    [InlineData("clip", "vocab.json, merges.txt, config.json, model.safetensors")]
    public void Missing_encoder_files_are_named_before_any_clip_is_decoded(string encoder, string files)
    {
        var error = Assert.Throws<TinySoraException>(() => Train(new ModelConfig { TextEncoder = UNetTesting.Named<TextEncoderKind>(encoder), TextEncoderPath = Bert }));
        Assert.Equal("TinySora.Model.EncoderFilesMissing", error.Id);
        Assert.Contains(files, error.Message, StringComparison.Ordinal);
        Assert.Contains(Bert, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(run.Data, "clips-*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Run_with_user_vectors_trains_draws_grids_and_warns_about_clips_without_a_vector()
    {
        var clips = Clips();
        foreach (var clip in clips.Skip(1))
        {
            WriteVector(clip, [1, 0, 0.5f]);
        }

        var result = Train(Vectors(3), trainer => trainer with { SampleEvery = 4, NumSampleRows = 2 });
        Assert.Equal(4, result.Step);
        Assert.Contains(run.Observer.Warnings, text => text.StartsWith("Clips without a vector (NAME.npy): 1", StringComparison.Ordinal));
        using var generator = VideoGenerator.Open(run.Results, "cpu");
        var request = new GenerationRequest { OutputPath = run.File("out"), Condition = [0, 1, 0.25f] };
        var video = generator.Generate(request).Single();
        Assert.Equal([0, 1, 0.25f], RecipeText.Read(video.Path).Condition!);
        Assert.Equal("TinySora.Model.VectorWidth", ErrorOf(generator, request with { Condition = [1] }));
        Assert.Equal("TinySora.Generation.NoCondition", ErrorOf(generator, request with { Condition = null }));

        // Other vectors make a different dataset.
        WriteVector(clips[0], [0, 0, 0]);
        Train(Vectors(3), trainer => trainer with { TrainNumSteps = 5, SampleEvery = 4, NumSampleRows = 2 });
        Assert.Contains(run.Observer.Warnings, text => text.Contains("dataset has changed", StringComparison.Ordinal));
    }

    [Fact]
    public void Vector_of_the_wrong_width_is_refused_naming_file_and_widths_before_decoding()
    {
        var clip = Clips()[2];
        WriteVector(clip, [1, 2]);
        var error = Assert.Throws<TinySoraException>(() => Train(Vectors(3)));
        Assert.Equal("TinySora.Data.VectorUnusable", error.Id);
        Assert.Contains(Path.ChangeExtension(clip, ".npy"), error.Message, StringComparison.Ordinal);
        Assert.Contains("shape (2)", error.Message, StringComparison.Ordinal);
        Assert.Contains("3 finite numbers", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(run.Data, "clips-*", SearchOption.AllDirectories));

        WriteVector(clip, [1, 2, float.PositiveInfinity]);
        Assert.Contains("NaN or", Assert.Throws<TinySoraException>(() => Train(Vectors(3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vector_width_without_any_vector_is_refused()
    {
        var error = Assert.Throws<TinySoraException>(() => Train(Vectors(3)));
        Assert.Equal("TinySora.Data.NoVectors", error.Id);
        Assert.Contains("cond_dim is 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("NAME.npy", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Unconditional_run_needs_neither_captions_nor_encoder_files()
    {
        foreach (var clip in Clips())
        {
            File.Delete(CaptionFile.PathFor(clip));
        }

        var result = Train(new ModelConfig { UseBertTextCond = false, CondDim = null });
        Assert.Equal(4, result.Step);
        Assert.DoesNotContain(run.Observer.Warnings, text => text.Contains("caption", StringComparison.Ordinal));
        using var generator = VideoGenerator.Open(run.Results, "cpu");
        Assert.Single(generator.Sample(new SampleRequest([null], [1])));
    }

    /// <param name="model">YAML of the model section; only its conditioning keys matter.</param>
    private TrainingResult Train(
        ModelConfig model, Func<TrainerConfig, TrainerConfig>? trainer = null, Action<TrainingProgress>? onProgress = null) =>
        run.Train(
            request => request with
            {
                Config = request.Config.With(model: TinyRun.Config.Model with
                    {
                        TextEncoder = model.TextEncoder, UseBertTextCond = model.UseBertTextCond,
                        TextEncoderPath = model.TextEncoderPath, CondDim = model.CondDim,
                    }),
            },
            trainer,
            onProgress);

    private static string ErrorOf(VideoGenerator generator, GenerationRequest request) =>
        Assert.Throws<TinySoraException>(() => generator.Generate(request with { Force = true })).Id;

    private static ModelConfig Vectors(int width) => new() { TextEncoder = TextEncoderKind.None, CondDim = width };

    private string[] Clips() => [.. Directory.GetFiles(run.Data, "*.gif", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static void WriteVector(string clip, float[] vector)
    {
        var header = Encoding.ASCII.GetBytes($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({vector.Length},), }}".PadRight(117) + "\n");
        var data = new byte[4 * vector.Length];
        for (var i = 0; i < vector.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * i), vector[i]);
        }

        File.WriteAllBytes(Path.ChangeExtension(clip, ".npy"), [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. data]);
    }
}
