using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.Engine.Training.Optimization;
using TorchSharp;

namespace TinySora.Engine.Tests.Generation;

public sealed class VideoGeneratorTests : IClassFixture<VideoGeneratorTests.TrainedModel>, IDisposable
{
    private readonly TrainedModel model;
    private readonly TemporaryFolder folder = new();
    private readonly VideoGenerator generator;

    public VideoGeneratorTests(TrainedModel model)
    {
        this.model = model;
        generator = VideoGenerator.Open(model.Results, "cpu");
    }

    public void Dispose()
    {
        generator.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Prompt_becomes_a_GIF_of_the_model_s_size_at_ten_frames_per_second()
    {
        var video = Assert.Single(generator.Generate(Request with { Seed = 5 }));

        Assert.Equal(folder.File("out", "a_red_circle_moving_right.gif"), video.Path);
        var clip = ClipFile.Read(video.Path);
        Assert.Equal((2, 16, 16, 100), (clip.Frames, clip.Height, clip.Width, clip.FrameMilliseconds));
        Assert.Equal((2, 16, 16), (video.Frames, video.Height, video.Width));
        Assert.Equal((5L, 2, "ddim", 2.0), (video.Seed, video.Steps, video.Sampler, video.GuidanceScale));
        Assert.Equal(CheckpointStore.Latest(model.Results).Path, video.Checkpoint);
        Assert.Empty(video.UnknownWords);
    }

    [Fact]
    public void Same_seed_gives_identical_files_and_another_seed_others()
    {
        var files = new[] { ("a", 5), ("b", 5), ("c", 6) }.Select(item => File.ReadAllBytes(
            generator.Generate(Request with { OutputName = item.Item1, Seed = item.Item2 }).Single().Path)).ToList();

        Assert.Equal(files[0], files[1]);
        Assert.NotEqual(files[0], files[2]);
    }

    [Fact]
    public void Several_videos_have_increasing_names_and_seeds()
    {
        var videos = generator.Generate(Request with { Count = 3, Seed = 5 }).ToList();

        Assert.Equal(["a_red_circle_moving_right_0.gif", "a_red_circle_moving_right_1.gif", "a_red_circle_moving_right_2.gif"], videos.Select(video => Path.GetFileName(video.Path)));
        Assert.Equal([5L, 6, 7], videos.Select(video => video.Seed));
        Assert.Equal(3, videos.Select(video => Convert.ToHexString(File.ReadAllBytes(video.Path))).Distinct().Count());
    }

    [Fact]
    public void Drawn_seed_is_reported_and_reproduces_the_video()
    {
        var first = generator.Generate(Request with { OutputName = "a" }).Single();
        var again = generator.Generate(Request with { OutputName = "b", Seed = first.Seed }).Single();
        Assert.Equal(File.ReadAllBytes(first.Path), File.ReadAllBytes(again.Path));
    }

    [Fact]
    public void Settings_of_the_request_take_precedence_and_are_reported()
    {
        var video = generator.Generate(Request with { Settings = UNetTesting.Asked(sampler: "ddpm", guidance: 1) }).Single();
        Assert.Equal((2, "ddpm", 1.0), (video.Steps, video.Sampler, video.GuidanceScale)); // the configured number of steps, whatever the sampler
        Assert.Equal(3, generator.Generate(Request with { Force = true, Settings = UNetTesting.Asked(steps: 3) }).Single().Steps);
    }

    [Theory]
    [InlineData("gif")]
    [InlineData("png")]
    [InlineData("mp4")]
    public void Recipe_in_the_file_reproduces_it(string format)
    {
        if (format == "mp4")
        {
            Needs.FFmpeg();
        }

        var video = generator.Generate(Request with { Format = format, Seed = 5, Settings = UNetTesting.Asked(guidance: 1.5) }).Single();

        var recipe = RecipeText.Read(video.Path);

        Assert.Equal(RecipeText.Write(video), RecipeText.Write(recipe));
        Assert.Equal(
            ("a red circle moving right", 5L, "ddim", 2, 1.5), (recipe.Prompt, recipe.Seed, recipe.Sampler, recipe.Steps, recipe.GuidanceScale));
        Assert.Equal((generator.ModelHash, 2, "cpu", "float32"), (recipe.ModelHash, recipe.Step, recipe.DeviceType, recipe.Precision));
        Assert.Equal(Path.GetFileName(video.Checkpoint), recipe.Checkpoint);
        Assert.Equal(File.ReadAllBytes(video.Path), File.ReadAllBytes(Remake(video.Path).Path));
    }

    [Fact]
    public void Predictions_do_not_change_the_video_and_the_last_one_is_the_video()
    {
        var request = Request with { Count = 2, Seed = 5, Settings = UNetTesting.Asked(steps: 6) };
        var plain = generator.Generate(request with { OutputName = "plain" }).ToList();
        var watched = generator.Generate(request with { OutputName = "watched", GuessEvery = 2 }).ToList();
        Assert.All(plain, video => Assert.Null(video.GuessPath));
        Assert.Equal(plain.Select(video => File.ReadAllBytes(video.Path)), watched.Select(video => File.ReadAllBytes(video.Path)));
        Assert.Equal(
            [folder.File("out", "watched_0.guess-every-2.png"), folder.File("out", "watched_1.guess-every-2.png")], watched.Select(video => video.GuessPath));
        Assert.All(watched, video => Assert.Equal(RecipeText.Write(video), RecipeText.Write(RecipeText.Read(video.GuessPath!))));

        var seen = new List<(int Step, Clip Clip)>();
        var plan = generator.Video.Resolve(new() { Values = request.Settings });
        var looker = new Looker(2, (step, clips) => seen.Add((step, ClipTensor.FromTensor(clips[1]))));
        var video = generator.Sample(plan, ClipPrompt.FromTexts([request.Prompt!, request.Prompt!], 5), 0, null, looker, default)[1];
        Assert.Equal([2, 4, 6], seen.Select(guess => guess.Step));
        Assert.NotEqual(video.Pixels, seen[0].Clip.Pixels);
        Assert.Equal(video.Pixels, seen[2].Clip.Pixels);
        var drawn = ContactSheet.Draw([.. seen.Select(guess => (guess.Clip, $"step {guess.Step} of 6"))]);
        Assert.Equal(drawn.Pixels, ClipFile.Read(watched[1].GuessPath!).Pixels);
    }

    [Fact]
    public void Existing_video_is_reused_only_if_its_predictions_exist()
    {
        var request = Request with { OutputName = "guessed", GuessEvery = 2, Settings = UNetTesting.Asked(steps: 4) };
        var first = generator.Generate(request).Single();
        var again = generator.Generate(request).Single();
        Assert.Equal((true, first.GuessPath, first.Seed), (again.Skipped, again.GuessPath, again.Seed));
        Assert.True(generator.Generate(request with { GuessEvery = null }).Single().Skipped);

        var video = File.ReadAllBytes(first.Path);
        File.Delete(first.GuessPath!);
        Assert.False(generator.Generate(request).Single().Skipped);
        Assert.True(File.Exists(first.GuessPath));
        Assert.False(generator.Generate(request with { GuessEvery = 4 }).Single().Skipped);
        Assert.Equal(video, File.ReadAllBytes(first.Path));

        File.WriteAllText(first.GuessPath!, "something else");
        var error = Assert.Throws<TinySoraException>(() => generator.Generate(request));
        Assert.Equal(("TinySora.Generation.OutputExists", (object?)first.GuessPath), (error.Id, error.Target));
        Assert.False(generator.Generate(request with { Force = true }).Single().Skipped);
        Assert.NotEqual("something else", File.ReadAllText(first.GuessPath!));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Interval_of_predictions_must_lie_within_the_steps(int every)
    {
        var error = Assert.Throws<TinySoraException>(() => generator.Generate(Request with { GuessEvery = every, Settings = UNetTesting.Asked(steps: 4) }));
        Assert.Equal("TinySora.Generation.BadSetting", error.Id);
        Assert.Contains("1 to 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipe_is_reproduced_with_its_number_of_threads()
    {
        var own = EngineThread.Run(torch.get_num_threads);
        var wanted = own == 1 ? Math.Min(2, Environment.ProcessorCount) : 1;
        var seen = new ThreadRecorder();

        var video = generator.Generate(Request with { Threads = wanted }, seen).Single();

        Assert.Equal(wanted, RecipeText.Read(video.Path).Threads);
        Assert.All(seen.Counts, count => Assert.Equal(wanted, count));
        Assert.NotEmpty(seen.Counts);
        Assert.Equal(own, EngineThread.Run(torch.get_num_threads));
        Assert.Equal(own, generator.Generate(Request with { OutputName = "own" }).Single().Threads);

        // Recipes may come from other machines: one with more threads than this machine has is reproduced with all of them.
        Assert.Equal(own, generator.Generate(Request with { OutputName = "many", Threads = int.MaxValue }).Single().Threads);
        Assert.Equal(own, generator.Generate(Request with { OutputName = "none", Threads = -1 }).Single().Threads);
    }

    [Fact]
    public void Differences_from_the_conditions_of_a_recipe_are_named()
    {
        var here = new SamplingConditions(1, "avx2", "1.13.0", "cpu", "float32");
        var recipe = new SamplingConditions(1_000_000, "avx512", "2.6.0", "cpu", "bfloat16");
        Assert.Equal(
            ["processor avx512 (here avx2)", "threads 1000000 (here 1)", "libtorch 2.6.0 (here 1.13.0)", "precision bfloat16 (here float32)"],
            here.Differences(recipe));
        Assert.Equal(["libtorch 2.6.0 (here 1.13.0)", "precision bfloat16 (here float32)"], here.Differences(recipe with { Threads = 1, Processor = null }));
        Assert.Equal(["device cuda (here cpu)"], here.Differences(new(null, null, null, "cuda", null)));
        Assert.Empty(here.Differences(new(null, null, null, null, null)));

        var many = here with { Threads = 4 };
        Assert.Equal((1, 3, 4), (many.With(1).Threads, many.With(3).Threads, many.With(0).Threads));
        Assert.Empty(many.Differences(new(3, null, null, null, null)));
        Assert.Equal(["threads 3 (here 2)"], many.Differences(new(3, null, null, null, null), fixedThreads: 2));
    }

    [Fact]
    public void Every_video_of_a_batch_is_reproduced_bit_for_bit_from_its_recipe()
    {
        foreach (var video in generator.Generate(Request with { Count = 3, Seed = 5 }).ToList())
        {
            Assert.Equal((3, (int)video.Seed - 5), (video.BatchLength, video.BatchIndex));
            Assert.Equal(File.ReadAllBytes(video.Path), File.ReadAllBytes(Remake(video.Path).Path));
        }

        Assert.Equal(6, Directory.GetFiles(folder.File("out")).Length);
    }

    [Fact]
    public void Exact_videos_of_a_batch_equal_individually_made_ones_bit_for_bit()
    {
        foreach (var video in generator.Generate(Request with { Count = 3, Seed = 5, Exact = true }).ToList())
        {
            var alone = generator.Generate(Request with { OutputName = "alone", Seed = video.Seed, Force = true }).Single();
            Assert.Equal(File.ReadAllBytes(alone.Path), File.ReadAllBytes(video.Path));
        }
    }

    [Fact]
    public void Model_keeps_its_hash_when_its_file_is_renamed()
    {
        File.Copy(generator.Checkpoint.Path, folder.File("renamed.safetensors"));
        using var renamed = VideoGenerator.Open(folder.File("renamed.safetensors"), "cpu");
        Assert.Equal(generator.ModelHash, renamed.ModelHash);
        var pixels = new[] { generator, renamed }.Select(
            g => ClipFile.Read(g.Generate(Request with { Seed = 5, OutputName = g.Checkpoint.Step.ToString(), Force = true }).Single().Path).Pixels).ToList();
        Assert.Equal(pixels[0], pixels[1]);
    }

    [Fact]
    public void Model_without_text_needs_no_prompt()
    {
        using var run = new TinyRun();
        run.Train(request => request with
        {
            MaxSteps = 1, Config = request.Config.With(model: request.Config.Model with { TextEncoder = TextEncoderKind.None, CondDim = null }),
        });
        using var unprompted = VideoGenerator.Open(run.Results, "cpu");
        Assert.False(unprompted.Settings.TakesText);
        var negative = Request with { Prompt = null, NegativePrompt = "blue" };
        Assert.Equal("TinySora.Model.TakesNoText", Assert.Throws<TinySoraException>(() => unprompted.Generate(negative)).Id);
        var video = unprompted.Generate(Request with { Prompt = null }).Single();
        Assert.Equal(folder.File("out", "video.gif"), video.Path);
        Assert.Null(RecipeText.Read(video.Path).Prompt);
    }

    [Fact]
    public void Prompt_weights_stay_out_of_the_name_and_invalid_ones_are_refused_before_any_work()
    {
        var video = generator.Generate(Request with { Prompt = "a (red:1.4) circle" }).Single();
        Assert.Equal("a_red_circle.gif", Path.GetFileName(video.Path));
        Assert.Equal("a (red:1.4) circle", RecipeText.Read(video.Path).Prompt);

        var request = Request with { Prompt = "a (red:-1) circle", OutputPath = folder.File("never") };
        Assert.Equal("TinySora.Generation.BadWeight", Assert.Throws<TinySoraException>(() => generator.Generate(request)).Id);
        Assert.False(Directory.Exists(request.OutputPath));
    }

    [Fact]
    public void Video_between_two_files_is_reproduced_from_its_recipe_and_with_no_other_clips()
    {
        var (from, to) = (Input("from", 1), Input("to", 2));
        var request = Request with { Prompt = null, Seed = 5, Start = new StartClips(from, to) { Mix = 0.25 } };

        var video = generator.Generate(request).Single();

        Assert.Equal(folder.File("out", "from_to_to.gif"), video.Path);
        var recipe = ClipRecipe.Read(video.Path);
        Assert.Equal(("from.gif", "to.gif", 0.25, 0.75), (recipe.From, recipe.To, recipe.Mix, recipe.Noise));
        Assert.Null(recipe.Prompt);
        Assert.NotEqual(recipe.FromHash, recipe.ToHash);
        var mixed = Assert.IsType<Interpolation>((request.Start with { Noise = 0.5 }).Read(generator.Video.Shape, default));
        Assert.Equal((0.25, 0.5), (mixed.Mix, mixed.Noise));

        var again = request with { OutputName = "again", Start = request.Start with { FromHash = recipe.FromHash, ToHash = recipe.ToHash } };
        Assert.Equal(File.ReadAllBytes(video.Path), File.ReadAllBytes(generator.Generate(again).Single().Path));
        var other = again with { Start = again.Start with { To = from } };
        Assert.Equal("TinySora.Generation.OtherClip", Assert.Throws<TinySoraException>(() => generator.Generate(other)).Id);

        string Input(string name, long seed) =>
            generator.Generate(Request with { OutputPath = folder.File("in"), OutputName = name, Seed = seed }).Single().Path;
    }

    [Fact]
    public void Video_starting_from_a_picture_is_reproduced_from_its_recipe_and_with_no_other()
    {
        ClipFile.Write(folder.File("photo.png"), new Clip([.. Enumerable.Repeat<byte[]>([200, 40, 10], 20 * 30).SelectMany(pixel => pixel)], 1, 20, 30, 3));
        var request = Request with { Prompt = null, Seed = 5, Count = 2, Start = new StartClips(folder.File("photo.png")) { Noise = 0.5 } };

        var videos = generator.Generate(request).ToList();

        Assert.Equal([folder.File("out", "from_photo_0.gif"), folder.File("out", "from_photo_1.gif")], videos.Select(video => video.Path));
        var recipe = ClipRecipe.Read(videos[1].Path);
        Assert.Equal(("photo.png", 64, 0.5, null, null), (recipe.From, recipe.FromHash!.Length, recipe.Noise, recipe.To, recipe.Mix));
        Assert.All(generator.Generate(request), video => Assert.True(video.Skipped));
        var again = request with
        {
            OutputName = "again", Seed = recipe.Seed, Count = 1, Batch = (recipe.BatchLength, recipe.BatchIndex), Start = request.Start with { FromHash = recipe.FromHash },
        };
        Assert.Equal(File.ReadAllBytes(videos[1].Path), File.ReadAllBytes(generator.Generate(again).Single().Path));
        ClipFile.Write(folder.File("photo.png"), Clip.Black(1, 20, 30, 3));
        Assert.Equal("TinySora.Generation.OtherClip", Assert.Throws<TinySoraException>(() => generator.Generate(again)).Id);

        // Without steps there are no predictions.
        var still = Request with { Prompt = null, OutputName = "still", Start = new StartClips(folder.File("photo.png")) { Noise = 0 } };
        Assert.Equal("TinySora.Generation.BadSetting", Assert.Throws<TinySoraException>(() => generator.Generate(still with { GuessEvery = 1 })).Id);
        Assert.Equal(0, generator.Generate(still).Single().Steps);
        Assert.All(ClipFile.Read(folder.File("out", "still.gif")).Pixels, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Trained_weights_make_other_videos_than_averaged_ones_and_the_recipe_says_so()
    {
        using var training = VideoGenerator.Open(model.Results, "cpu", weights: CheckpointWeights.Training);
        Assert.NotEqual(generator.ModelHash, training.ModelHash);
        var averaged = generator.Generate(Request with { Seed = 5 }).Single();
        var trained = training.Generate(Request with { Seed = 5 }).Single();
        Assert.Equal((null, "Training", "a_red_circle_moving_right_2.gif"), (averaged.Weights, RecipeText.Read(trained.Path).Weights, Path.GetFileName(trained.Path)));
        Assert.DoesNotContain("weights", RecipeText.Write(averaged), StringComparison.Ordinal);
        Assert.True(training.Generate(Request with { Seed = 5 }).Single().Skipped);
        using var checkpoint = Checkpoint.Open(training.Checkpoint.Path);
        var stored = checkpoint.File.Tensors.First(item => item.Key.StartsWith(ModelWeights.ModelPrefix, StringComparison.Ordinal));
        var loaded = EngineThread.Run(() => TiedWeights.State(((ITrainingTask)training.Video).Model)[stored.Key[ModelWeights.ModelPrefix.Length..]].data<float>().ToArray());
        Assert.Equal(stored.Value.Read().data<float>().ToArray(), loaded);

        CheckpointExport.Write(training.Checkpoint.Path, folder.File("one.safetensors"), ExportFormat.Safetensors);
        var error = Assert.Throws<TinySoraException>(() => VideoGenerator.Open(folder.File("one.safetensors"), "cpu", weights: CheckpointWeights.Training));
        Assert.Equal("TinySora.Checkpoint.OneSetOfWeights", error.Id);
    }

    [Fact]
    public void Mix_of_zero_does_not_depend_on_the_second_clip()
    {
        var clips = new[] { 1, 2 }.Select(seed => generator.Generate(Request with { OutputName = $"in{seed}", Seed = seed }).Single().Path).ToList();
        var pixels = new[] { (clips[0], clips[1]), (clips[0], clips[0]), (clips[1], clips[0]) }.Select(pair => ClipFile.Read(generator.Generate(
            Request with { OutputName = "mix", Seed = 5, Force = true, Start = new StartClips(pair.Item1, pair.Item2) { Mix = 0 } }).Single().Path).Pixels).ToList();
        Assert.Equal(pixels[0], pixels[1]);
        Assert.NotEqual(pixels[0], pixels[2]);
    }

    [Fact]
    public void Negative_prompt_changes_the_video_and_is_recorded_and_checked_before_any_work()
    {
        var request = Request with { Seed = 5, NegativePrompt = "a (blue:1.5) zeppelin" };
        var video = generator.Generate(request).Single();
        Assert.Equal(request.NegativePrompt, RecipeText.Read(video.Path).NegativePrompt);
        Assert.Contains("zeppelin", video.UnknownWords);
        Assert.NotEqual(
            ClipFile.Read(video.Path).Pixels,
            ClipFile.Read(generator.Generate(Request with { Seed = 5, OutputName = "positive" }).Single().Path).Pixels);
        Assert.Equal(File.ReadAllBytes(video.Path), File.ReadAllBytes(Remake(video.Path).Path));

        var wrong = Request with { NegativePrompt = "(blue:-1)", OutputPath = folder.File("never") };
        Assert.Equal("TinySora.Generation.BadWeight", Assert.Throws<TinySoraException>(() => generator.Generate(wrong)).Id);
        Assert.False(Directory.Exists(wrong.OutputPath));
    }

    [Fact]
    public void Eta_of_DDIM_is_reported_and_recorded()
    {
        Assert.Equal(0, generator.Generate(Request with { Seed = 5 }).Single().Eta);
        var noisy = generator.Generate(Request with { Seed = 5, OutputName = "noisy", Settings = UNetTesting.Asked(eta: 1) }).Single();
        Assert.Equal(1, RecipeText.Read(noisy.Path).Eta);
        Assert.Null(generator.Generate(Request with { OutputName = "ddpm", Settings = UNetTesting.Asked(sampler: "ddpm") }).Single().Eta);
        Assert.Equal(
            "TinySora.Model.EtaUnused", Assert.Throws<TinySoraException>(() => generator.Generate(Request with { Settings = UNetTesting.Asked(sampler: "ddpm", eta: 0.5) })).Id);
    }

    [Fact]
    public void Existing_file_is_kept_without_force()
    {
        var path = generator.Generate(Request with { OutputName = "same", Seed = 1 }).Single().Path;
        var before = File.ReadAllBytes(path);

        var error = Assert.Throws<TinySoraException>(() => generator.Generate(Request with { OutputName = "same", Seed = 2 }));

        Assert.Equal("TinySora.Generation.OutputExists", error.Id);
        Assert.Contains("-Force", error.Advice, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Single(generator.Generate(Request with { OutputName = "same", Seed = 2, Force = true }));
        Assert.NotEqual(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void Unknown_words_of_the_prompt_are_reported() => Assert.Equal(
        ["zeppelin"], generator.Generate(Request with { Prompt = "a red zeppelin" }).Single().UnknownWords);

    [Fact]
    public void Still_shows_the_frames_with_the_prompt()
    {
        var video = generator.Generate(Request with { Format = "png" }).Single();
        var still = ClipFile.Read(video.Path);
        Assert.Equal(1, still.Frames);
        Assert.True(still.Width > 2 * 16);
        Assert.Equal(Caption(ContactSheet.Draw([(Clip.Black(2, 16, 16, 3), video.Prompt!)])), Caption(still));
        Assert.NotEqual(Caption(ContactSheet.Draw([(Clip.Black(2, 16, 16, 3), "")])), Caption(still));

        static byte[] Caption(Clip sheet) => sheet.Pixels[^(30 * sheet.Width * sheet.Channels)..]; // the rows below the frames
    }

    [Fact]
    public void Invalid_requests_are_refused_before_any_work()
    {
        Assert.Equal("TinySora.Generation.EmptyPrompt", ErrorOf(Request with { Prompt = " " }));
        Assert.Equal("TinySora.Generation.EmptyPrompt", ErrorOf(Request with { Prompt = null }));
        Assert.Equal("TinySora.Generation.PromptTooLong", ErrorOf(Request with { Prompt = new string('ü', 20_000) }));
        Assert.Equal("TinySora.Generation.BadGuidance", ErrorOf(Request with { Settings = UNetTesting.Asked(guidance: double.NaN) }));
        Assert.Equal("TinySora.Generation.BadCount", ErrorOf(Request with { Count = 0 }));
        Assert.Equal("TinySora.Generation.BadSetting", ErrorOf(Request with { NameWords = 0 }));
        Assert.Equal("TinySora.Generation.NoWords", ErrorOf(Request with { Prompt = "!?" }));
        Assert.Equal("TinySora.Model.TakesNoVectors", ErrorOf(Request with { Condition = [1, 2] }));
        Assert.Equal("TinySora.Generation.UnknownFormat", ErrorOf(Request with { Format = "avi" }));
        Assert.Equal("TinySora.Model.UnknownSampler", ErrorOf(Request with { Settings = UNetTesting.Asked(sampler: "magic") }));
        Assert.False(Directory.Exists(folder.File("out")));

        string ErrorOf(GenerationRequest request) => Assert.Throws<TinySoraException>(() => generator.Generate(request)).Id;
    }

    [Fact]
    public void Request_is_not_reported_if_the_model_has_no_such_setting()
    {
        Assert.Null(generator.FramesBeyond(Request));
        Assert.Null(generator.SizeBeyond(Request));
        Assert.Null(generator.FramesBeyond(With(Setting.Frames, 99)));
        Assert.Null(generator.SizeBeyond(With("unknown", 99)));

        GenerationRequest With(string name, object value) => Request with { Settings = new Dictionary<string, object> { [name] = value } };
    }

    [Theory]
    [InlineData("a cat", null, "'a cat'")]
    [InlineData("a cat", "a dog", "'a cat' without 'a dog'")]
    [InlineData("", null, "a video without a prompt")]
    [InlineData(null, "rain", "a video without a prompt without 'rain'")]
    public void Request_describes_its_video(string? prompt, string? negative, string expected) =>
        Assert.Equal(expected, (Request with { Prompt = prompt, NegativePrompt = negative }).Description);

    [Fact]
    public void Folder_that_is_a_file_is_a_clear_error()
    {
        File.WriteAllText(folder.File("out"), "");
        Assert.Equal("TinySora.Generation.CannotWrite", Assert.Throws<TinySoraException>(() => generator.Generate(Request)).Id);
    }

    [Fact]
    public void Progress_rises_to_one_and_cancellation_stops()
    {
        var seen = new List<double>();
        Assert.Single(generator.Generate(Request, new ImmediateProgress<double>(seen.Add)));
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(1, seen[^1], 9);

        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => generator.Generate(Request with { Force = true }, null, source.Token).ToList());
    }

    [Fact]
    public void Missing_checkpoint_is_a_clear_error()
    {
        Directory.CreateDirectory(folder.File("empty"));
        Assert.Equal(
            "TinySora.Checkpoint.NoneInFolder", Assert.Throws<TinySoraException>(() => VideoGenerator.Open(folder.File("empty"))).Id);
        Assert.Equal(
            "TinySora.Checkpoint.NotFound", Assert.Throws<TinySoraException>(() => VideoGenerator.Open(folder.File("nowhere"))).Id);
    }

    private GenerationRequest Request => new() { Prompt = "a red circle moving right", OutputPath = folder.File("out") };

    private GeneratedVideo Remake(string path)
    {
        var recipe = ClipRecipe.Read(path);
        return generator.Generate(new()
        {
            OutputPath = folder.File("out"), OutputName = recipe.OutputName, Format = recipe.Format,
            Prompt = recipe.Prompt, NegativePrompt = recipe.NegativePrompt, Seed = recipe.Seed, 
            Settings = UNetTesting.Asked(recipe.Sampler, recipe.Steps, recipe.Eta, recipe.GuidanceScale), Batch = (recipe.BatchLength, recipe.BatchIndex), Threads = recipe.Threads,
        }).Single();
    }

    /// <summary>A model trained for a few steps, once per process, because `build.sh mutate` runs each test on its own.</summary>
    public sealed class TrainedModel
    {
        private static readonly Lazy<TinyRun> Run = new(Train);

        public string Results { get; } = Run.Value.Results;

        private static TinyRun Train()
        {
            var run = new TinyRun();
            AppDomain.CurrentDomain.ProcessExit += (_, _) => run.Dispose();
            for (var i = 0; i < 6; i++)
            {
                File.WriteAllText(Directory.GetFiles(run.Data, "*.txt")[i], "a red circle moving right");
            }

            run.Train(request => request with { MaxSteps = 2 });
            return run;
        }
    }

    private sealed class ThreadRecorder : IProgress<double>
    {
        public List<int> Counts { get; } = [];

        public void Report(double value) => Counts.Add(torch.get_num_threads());
    }
}
