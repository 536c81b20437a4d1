using System.Diagnostics;
using System.Security.Cryptography;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Generation;

/// <summary>Prompts to video files with one checkpoint, which is loaded once.</summary>
public sealed class VideoGenerator : IDisposable
{
    /// <summary>Clips sampled in one batch: enough to fill the processor, few enough for memory and for progress.</summary>
    private const int BatchSize = 16;

    private readonly DiffusionTask task;

    /// <summary>Files of this session, so that two prompts which begin alike do not end up in one.</summary>
    private readonly HashSet<string> written = [];

    private VideoGenerator(DiffusionTask task, CheckpointInfo checkpoint)
    {
        this.task = task;
        Checkpoint = checkpoint;
    }

    public CheckpointInfo Checkpoint { get; }

    /// <summary>Loads the averaged weights of a checkpoint, or of the newest readable one in a folder.</summary>
    /// <param name="device">auto, cpu, cuda or cuda:N.</param>
    /// <exception cref="TinySoraException">NotFound, NoneInFolder, Damaged and the like; NoSuchGpu.</exception>
    public static VideoGenerator Open(string checkpointFileOrFolder, string device = "auto") => EngineThread.Run(() =>
    {
        using var checkpoint = CheckpointStore.Load(checkpointFileOrFolder);
        var task = DiffusionTask.Restore(checkpoint.Config, checkpoint.TaskMetadata, DeviceChoice.Resolve(device));
        try
        {
            checkpoint.LoadWeights(task.Model, averaged: true);
            task.Model.eval();
            return new VideoGenerator(task, checkpoint.Info);
        }
        catch
        {
            task.Dispose();
            throw;
        }
    });

    /// <summary>Samples the videos of one request, writing and yielding each as soon as it is there.</summary>
    /// <param name="progress">Share of the work done, from 0 to 1; called on the engine thread.</param>
    /// <exception cref="TinySoraException">EmptyPrompt, BadCount, UnknownFormat, OutputExists, UnknownSampler, FFmpegMissing, before any work.</exception>
    /// <exception cref="OperationCanceledException">Videos yielded before are complete.</exception>
    public IEnumerable<GeneratedVideo> Generate(
        GenerationRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (string.IsNullOrWhiteSpace(request.Prompt))
        {
            throw GenerationErrors.EmptyPrompt();
        }

        if (request.Count < 1)
        {
            throw GenerationErrors.BadCount(request.Count);
        }

        var settings = task.Resolve(new SampleRequest([], [], request.GuidanceScale, request.Steps, request.Sampler));
        var paths = OutputFile.Paths(request, written);
        if (!request.Force && paths.FirstOrDefault(File.Exists) is string existing)
        {
            throw GenerationErrors.OutputExists(existing);
        }

        if (ClipFile.IsVideo(paths[0]))
        {
            FFmpeg.Find();
        }

        CreateFolder(Path.GetDirectoryName(Path.GetFullPath(paths[0]))!);
        written.UnionWith(paths);
        return SampleAndWrite(request, settings, paths, progress, cancellation);
    }

    public void Dispose() => EngineThread.Run(task.Dispose);

    /// <summary>Samples the clips of a request one batch after the other; nothing is written.</summary>
    /// <param name="progress">Share of the work done, from 0 to 1; called on the engine thread.</param>
    /// <returns>Each clip with its share of the sampling time.</returns>
    public IEnumerable<(Clip Clip, TimeSpan Elapsed)> Sample(
        SampleRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var resolved = task.Resolve(request);
        var count = request.Prompts.Count;
        for (var done = 0; done < count; done += BatchSize)
        {
            var size = Math.Min(BatchSize, count - done);
            var clock = Stopwatch.StartNew();
            var batch = resolved with
            {
                Prompts = [.. request.Prompts.Skip(done).Take(size)],
                Seeds = [.. request.Seeds.Skip(done).Take(size)],
            };
            var steps = new StepProgress(progress, (double)done / count, (double)size / count / batch.Steps!.Value);
            var clips = EngineThread.Run(() =>
            {
                using var scope = NewDisposeScope();
                var videos = task.Sample(batch, steps, cancellation);
                return Enumerable.Range(0, size).Select(index => ClipTensor.FromTensor(videos[index])).ToList();
            });
            var share = clock.Elapsed / size;
            foreach (var clip in clips)
            {
                yield return (clip, share);
            }
        }
    }

    private IEnumerable<GeneratedVideo> SampleAndWrite(
        GenerationRequest request, SampleRequest settings, IReadOnlyList<string> paths, IProgress<double>? progress,
        CancellationToken cancellation)
    {
        var first = request.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var unknown = task.UnknownWords(request.Prompt);
        var samples = settings with
        {
            Prompts = [.. Enumerable.Repeat<string?>(request.Prompt, request.Count)],
            Seeds = [.. Enumerable.Range(0, request.Count).Select(index => first + index)],
        };
        var index = 0;
        foreach (var (clip, elapsed) in Sample(samples, progress, cancellation))
        {
            Write(paths[index], clip, request.Prompt);
            yield return new GeneratedVideo(
                paths[index], request.Prompt, samples.Seeds[index], Checkpoint.Path, samples.Steps!.Value, samples.Sampler!,
                samples.GuidanceScale!.Value, clip.Frames, clip.Width, clip.Height, elapsed)
            {
                UnknownWords = unknown,
            };
            index++;
        }
    }

    private static void Write(string path, Clip clip, string prompt)
    {
        var image = path.EndsWith(".png", StringComparison.OrdinalIgnoreCase)
            ? ContactSheet.Draw([(clip, prompt)])
            : clip;
        ClipFile.Write(path, image, prompt);
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GenerationErrors.CannotWrite(folder, e);
        }
    }

    /// <summary>Turns sampling steps into a share of the whole request, at once and on the thread that reports.</summary>
    private sealed class StepProgress(IProgress<double>? whole, double start, double perStep) : IProgress<int>
    {
        public void Report(int value) => whole?.Report(start + (value * perStep));
    }
}
