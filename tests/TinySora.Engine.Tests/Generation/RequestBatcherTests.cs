using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Text;
using TorchSharp;

namespace TinySora.Engine.Tests.Generation;

public sealed class RequestBatcherTests : IClassFixture<VideoGeneratorTests.TrainedModel>, IDisposable
{
    private const string Short = "a red circle";
    private const string Long = "a red circle moving right and a red circle moving right again";

    private readonly VideoGeneratorTests.TrainedModel model;
    private readonly TemporaryFolder folder = new();
    private readonly VideoGenerator generator;

    public RequestBatcherTests(VideoGeneratorTests.TrainedModel model)
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
    public void First_request_starts_immediately_and_batches_grow_fourfold_up_to_sixteen() => Assert.Equal(
        [1, .. Enumerable.Repeat(4, 4), .. Enumerable.Repeat(16, 16), 2, 2],
        Videos(Enumerable.Range(0, 23).Select(i => Request(i))).Select(video => video.BatchLength));

    [Fact]
    public void Request_is_due_before_the_next_is_read_and_later_only_when_a_batch_is_full()
    {
        var batcher = new RequestBatcher();
        Assert.False(batcher.IsDue);
        batcher.Add(generator, Request(0));
        Assert.True(batcher.IsDue);
        Assert.Single(batcher.Make(all: false, NoFailure));
        for (var i = 1; i < 4; i++)
        {
            batcher.Add(generator, Request(i));
            Assert.Equal((false, i), (batcher.IsDue, batcher.Waiting));
        }

        Assert.Empty(batcher.Make(all: false, NoFailure));
        batcher.Add(generator, Request(4));
        Assert.True(batcher.IsDue);
        Assert.Equal(4, batcher.Make(all: false, NoFailure).Count());
        Assert.Equal(0, batcher.Waiting);
    }

    [Fact]
    public void Request_that_shares_its_batch_with_no_other_is_due_at_once()
    {
        var batcher = new RequestBatcher();
        foreach (var request in new[] { Request(0), Request(1) with { Exact = true }, Request(2) with { Batch = (1, 0) } })
        {
            batcher.Add(generator, request);
            Assert.True(batcher.IsDue);
            Assert.Single(batcher.Make(all: false, NoFailure));
        }
    }

    [Fact]
    public void Cancelled_request_is_not_planned()
    {
        var batcher = new RequestBatcher();
        Assert.Throws<OperationCanceledException>(() => batcher.Add(generator, Request(0), new CancellationToken(canceled: true)));
        Assert.Equal((0, false), (batcher.Waiting, Directory.Exists(folder.File("out"))));
    }

    [Fact]
    public void Two_recipes_with_the_same_position_are_sampled_in_separate_batches()
    {
        GenerationRequest[] requests = [Request(1) with { Batch = (4, 1) }, Request(2) with { Batch = (4, 1) }];
        var together = Videos(requests).ToList();
        Assert.Equal([(4, 1), (4, 1)], together.Select(video => (video.BatchLength, video.BatchIndex)));
        var apart = requests.Select(request => Videos([request with { OutputPath = folder.File("apart") }]).Single());
        Assert.All(together.Zip(apart), pair => Assert.Equal(File.ReadAllBytes(pair.First.Path), File.ReadAllBytes(pair.Second.Path)));
    }

    [Fact]
    public void Prompts_and_seeds_may_differ_within_a_batch_and_other_settings_start_a_new_one()
    {
        GenerationRequest[] requests =
        [
            Request(0), Request(1) with { Prompt = Long }, Request(2) with { Settings = UNetTesting.Asked(steps: 3) }, Request(3) with { Settings = UNetTesting.Asked(steps: 3) },
            Request(4) with { Settings = UNetTesting.Asked(steps: 3), NegativePrompt = "blue" }, Request(5), Request(6) with { Exact = true }, Request(7) with { Exact = true },
        ];
        var videos = Videos(requests).ToList();
        Assert.Equal([0L, 1, 2, 3, 4, 5, 6, 7], videos.Select(video => video.Seed));
        Assert.Equal([1, 1, 2, 2, 1, 1, 1, 1], videos.Select(video => video.BatchLength));
        Assert.Equal([0, 0, 0, 1, 0, 0, 0, 0], videos.Select(video => video.BatchIndex));
        Assert.Equal([2, 2, 3, 3, 3, 2, 2, 2], videos.Select(video => video.Steps));
    }

    [Fact]
    public void Every_video_among_other_prompts_is_reproduced_bit_for_bit_from_its_recipe()
    {
        var videos = Videos(Enumerable.Range(0, 5).Select(i => Request(i) with { Prompt = i % 2 == 0 ? Short : Long })).ToList();
        Assert.Equal([1, 4, 4, 4, 4], videos.Select(video => video.BatchLength));

        // In any order, the last one alone.
        foreach (var (original, again) in videos.Skip(1).Reverse().Zip(Videos(videos.Skip(1).Reverse().Select(Again))))
        {
            Assert.Equal((original.BatchLength, original.BatchIndex), (again.BatchLength, again.BatchIndex));
            Assert.Equal(File.ReadAllBytes(original.Path), File.ReadAllBytes(again.Path));
        }
    }

    [Fact]
    public void Lanes_make_the_same_files_as_a_single_one()
    {
        using var two = VideoGenerator.Open(model.Results, () => [torch.CPU, torch.CPU]);
        Assert.Equal(2, two.Lanes);
        var requests = Enumerable.Range(0, 30).Select(i => Request(i) with { Settings = UNetTesting.Asked(steps: i < 12 ? 2 : 3) }).ToList();
        var one = Videos(requests).ToList();
        var side = Videos(requests.Select(request => request with { OutputPath = folder.File("side") }), two).ToList();
        Assert.Equal(one.Select(video => video.Seed), side.Select(video => video.Seed));
        Assert.All(one.Zip(side), pair => Assert.Equal(File.ReadAllBytes(pair.First.Path), File.ReadAllBytes(pair.Second.Path)));
    }

    [Fact]
    public void Existing_file_with_the_same_recipe_is_not_made_again()
    {
        var first = Videos([Request(1), Request(2) with { Seed = null }]).ToList();
        var written = first.Select(video => File.GetLastWriteTimeUtc(video.Path)).ToList();
        Assert.All(first, video => Assert.False(video.Skipped));

        // Together with a new one, in the requested order; a seed that was drawn matches any.
        var again = Videos([Request(1), Request(3), Request(2) with { Seed = null }]).ToList();
        Assert.Equal([true, false, true], again.Select(video => video.Skipped));
        Assert.Equal([first[0].Seed, 3, first[1].Seed], again.Select(video => video.Seed));
        Assert.Equal((first[0].Path, first[0].Width, first[0].Frames, first[0].Checkpoint), (again[0].Path, again[0].Width, again[0].Frames, again[0].Checkpoint));
        Assert.Equal(written, first.Select(video => File.GetLastWriteTimeUtc(video.Path)));

        Assert.False(Videos([Request(1) with { Force = true }]).Single().Skipped);
    }

    [Fact]
    public void Missing_ones_of_several_videos_are_added_with_their_original_seeds()
    {
        var several = Request(0) with { OutputName = "several", Seed = null, Count = 3 };
        var first = Videos([several]).ToList();
        File.Delete(first[1].Path);
        var again = Videos([several]).ToList();
        Assert.Equal([true, false, true], again.Select(video => video.Skipped));
        Assert.Equal(first.Select(video => video.Seed), again.Select(video => video.Seed));

        File.Delete(first[0].Path);
        Assert.Equal(first.Select(video => (video.Seed, video != first[0])), Videos([several]).Select(video => (video.Seed, video.Skipped)));
    }

    /// <summary>After a kill within the second batch, before its last clips were written, and after one row was deleted.</summary>
    [Fact]
    public void Remaining_rows_after_an_interruption_are_bit_identical()
    {
        var rows = Enumerable.Range(0, 11).Select(i => Request(i) with { Prompt = i % 2 == 0 ? Short : Long }).ToList();
        var whole = Videos(rows).Select(video => File.ReadAllBytes(video.Path)).ToList();
        foreach (var i in new[] { 2, 4, 5, 6, 7, 9, 10 })
        {
            File.Delete(folder.File("out", $"{i}.gif"));
        }

        var rest = Videos(rows).ToList();
        Assert.Equal([true, true, false, true, false, false, false, false, true, false, false], rest.Select(video => video.Skipped));
        Assert.Equal([1, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6], rest.Select(video => video.BatchLength));
        Assert.All(rest.Zip(whole), pair => Assert.Equal(pair.Second, File.ReadAllBytes(pair.First.Path)));
    }

    [Fact]
    public void Videos_made_differently_are_not_reused()
    {
        Assert.Equal(2, Videos([Request(1), Request(2)]).Count());
        File.WriteAllBytes(folder.File("out", "2.gif"), File.ReadAllBytes(folder.File("out", "2.gif"))[..50]);
        Assert.All(
            [Request(1) with { Seed = 9 }, Request(1) with { Settings = UNetTesting.Asked(steps: 3) }, Request(1) with { Prompt = "a blue star" }, Request(2)],
            request => Assert.Equal("TinySora.Generation.OutputExists", Assert.Throws<TinySoraException>(() => Videos([request]).Count()).Id));

        // Made in a batch of four, which an exact video is not.
        var batch = Videos([Request(3) with { Count = 4 }]).ToList();
        Assert.Equal(4, batch[0].BatchLength);
        Assert.Throws<TinySoraException>(() => Videos([Request(3) with { Count = 4, Exact = true }]).Count());
    }

    [Fact]
    public void Videos_of_one_prompt_are_distinguished_by_their_recipes_in_any_order()
    {
        GenerationRequest[] rows = [.. Enumerable.Range(1, 4).Select(Named)];
        Assert.Equal(["a_red_circle.gif", "a_red_circle_2.gif", "a_red_circle_3.gif", "a_red_circle_4.gif"], Names(rows));

        // A single row, all rows in another order, and one additional row above them.
        Assert.Equal(["+a_red_circle_3.gif"], Names([Named(3)]));
        Assert.Equal(["+a_red_circle_4.gif", "+a_red_circle_2.gif", "+a_red_circle.gif", "+a_red_circle_3.gif"], Names([Named(4), Named(2), Named(1), Named(3)]));
        Assert.Equal(
            ["a_red_circle_5.gif", "+a_red_circle.gif", "+a_red_circle_2.gif"],
            Names([Named(1) with { Settings = UNetTesting.Asked(steps: 3) }, Named(1), Named(2)]));

        // A deleted video is generated again, and the following ones are still found.
        File.Delete(folder.File("out", "a_red_circle_2.gif"));
        Assert.Equal(["+a_red_circle_3.gif", "a_red_circle_2.gif"], Names([Named(3), Named(2)]));
        Assert.Equal(["+a_red_circle_2.gif", "+a_red_circle_4.gif"], Names([Named(2), Named(4)]));
    }

    [Fact]
    public void Rerun_without_a_seed_makes_a_new_video()
    {
        var first = Videos([Named(0) with { Seed = null }]).Single();
        var second = Videos([Named(0) with { Seed = null }]).Single();
        Assert.Equal((false, false, "a_red_circle_2.gif"), (first.Skipped, second.Skipped, Path.GetFileName(second.Path)));
        Assert.NotEqual(first.Seed, second.Seed);
        Assert.Equal(["+a_red_circle_2.gif", "+a_red_circle.gif"], Names([Named((int)second.Seed), Named((int)first.Seed)]));
    }

    [Fact]
    public void Two_identical_rows_make_two_files_and_both_are_found()
    {
        Assert.Equal(["a_red_circle.gif", "a_red_circle_2.gif"], Names([Named(1), Named(1)]));
        Assert.Equal(["+a_red_circle.gif", "+a_red_circle_2.gif"], Names([Named(1), Named(1)]));
    }

    [Fact]
    public void Several_videos_of_a_prompt_are_found_together()
    {
        Assert.Equal(["a_red_circle_0.gif", "a_red_circle_1.gif", "a_red_circle_2.gif"], Names([Named(5) with { Count = 3 }]));
        Assert.Equal(["a_red_circle_2_0.gif", "a_red_circle_2_1.gif", "a_red_circle_2_2.gif"], Names([Named(9) with { Count = 3 }]));
        File.Delete(folder.File("out", "a_red_circle_2_0.gif"));
        Assert.Equal(["a_red_circle_2_0.gif", "+a_red_circle_2_1.gif", "+a_red_circle_2_2.gif"], Names([Named(9) with { Count = 3 }]));
        Assert.Equal(["+a_red_circle_0.gif", "+a_red_circle_1.gif", "+a_red_circle_2.gif"], Names([Named(5) with { Count = 3 }]));

        // One of the names is taken by another file.
        File.WriteAllText(folder.File("out", "a_red_circle_1.gif"), "a note");
        Assert.Equal(["+a_red_circle_0.gif", "a_red_circle_3_1.gif", "+a_red_circle_2.gif"], Names([Named(5) with { Count = 3 }]));
    }

    [Fact]
    public void Foreign_file_with_the_name_of_a_prompt_is_kept()
    {
        Directory.CreateDirectory(folder.File("out", "a_red_circle.gif"));
        File.WriteAllText(folder.File("out", "a_red_circle_2.gif"), "a note");
        Assert.Equal(["a_red_circle_3.gif"], Names([Named(1)]));
        Assert.Equal(["+a_red_circle_3.gif"], Names([Named(1)]));

        // Made in a batch of four, which an exact video is not; and one with different predictions.
        Assert.Equal(4, Videos([Named(3) with { Count = 4 }]).First().BatchLength);
        Assert.Equal(["a_red_circle_3_0.gif", "a_red_circle_3_1.gif", "a_red_circle_3_2.gif", "a_red_circle_3_3.gif"], Names([Named(3) with { Count = 4, Exact = true }]));
        var guessed = Named(1) with { OutputPath = folder.File("guessed"), GuessEvery = 2 };
        Directory.CreateDirectory(guessed.OutputPath);
        File.WriteAllText(folder.File("guessed", "a_red_circle.guess-every-2.png"), "a note");
        Assert.Equal(["a_red_circle_2.gif"], Names([guessed]));
        Assert.Equal(["+a_red_circle_2.gif"], Names([guessed]));
    }

    [Fact]
    public void Force_replaces_the_video_of_a_seed_in_place()
    {
        Assert.Equal(["a_red_circle.gif", "a_red_circle_2.gif"], Names([Named(1), Named(2)]));
        var before = File.ReadAllBytes(folder.File("out", "a_red_circle.gif"));
        Assert.Equal(["a_red_circle_2.gif"], Names([Named(2) with { Force = true }]));
        Assert.Equal(before, File.ReadAllBytes(folder.File("out", "a_red_circle.gif")));

        // Among new videos the first row overwrites the first name, the next row the second.
        Assert.Equal(
            ["a_red_circle.gif", "a_red_circle_2.gif"],
            Names([Named(7) with { Force = true, Settings = UNetTesting.Asked(steps: 3) }, Named(8) with { Force = true }]));
        Assert.Equal(2, Directory.GetFiles(folder.File("out")).Length);
    }

    [Fact]
    public void Two_requests_for_one_file_are_an_error_before_either_is_written()
    {
        var batcher = new RequestBatcher();
        batcher.Add(generator, Request(1));
        var taken = Assert.Throws<TinySoraException>(() => batcher.Add(generator, Request(1) with { Seed = 2 }));
        Assert.Equal("TinySora.Generation.OutputExists", taken.Id);
        Assert.Contains("another prompt in this command", taken.Message, StringComparison.Ordinal);
        Assert.Equal(1, batcher.Waiting);
    }

    /// <summary>As with two jobs or processes: each plans its names before the other writes its files.</summary>
    [Fact]
    public void Two_simultaneous_calls_do_not_overwrite_each_other()
    {
        var calls = Enumerable.Range(0, 2).Select(_ => new RequestBatcher()).ToList();
        foreach (var (batcher, seed) in calls.Select((batcher, i) => (batcher, i + 1)))
        {
            batcher.Add(generator, Named(seed));
            batcher.Add(generator, Request(7) with { Seed = seed });
        }

        var made = calls.SelectMany(Outcomes).ToList();
        Assert.Equal(
            ["a_red_circle.gif", "7.gif", "a_red_circle_2.gif", "TinySora.Generation.OutputExists"],
            made.Select(outcome => outcome.Video is { } video ? Path.GetFileName(video.Path) : ((TinySoraException)outcome.Failure!).Id));
        Assert.Equal([1L, 1L, 2L], made.Where(outcome => outcome.Video is not null).Select(outcome => RecipeText.Read(outcome.Video!.Path).Seed));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task Processes_on_the_same_table_leave_one_file_per_row_and_report_existing_ones(int? guessEvery)
    {
        // Two prompts, so that the rows of each compete for a name.
        var rows = Enumerable.Range(0, 10).Select(i => Named(i) with { Prompt = i % 2 == 0 ? Short : Long, GuessEvery = guessEvery }).ToList();
        var results = await AtOnce(6, rows);

        Assert.Equal(rows.Count, Directory.GetFiles(folder.File("out"), "*.gif").Length);
        Assert.Equal(guessEvery is null ? 0 : rows.Count, Directory.GetFiles(folder.File("out"), "*.png").Length);
        Assert.Equal(2 * rows.Count - (guessEvery is null ? rows.Count : 0), Directory.GetFiles(folder.File("out")).Length);
        foreach (var video in results.GroupBy(video => video.Seed))
        {
            Assert.Single(video.Select(one => one.Path).Distinct());
            Assert.Single(video, one => !one.Skipped);
            Assert.Equal(video.Key, RecipeText.Read(video.First().Path).Seed);
        }
    }

    [Fact]
    public async Task Processes_that_request_new_videos_get_a_file_each()
    {
        var results = await AtOnce(6, [.. Enumerable.Range(0, 4).Select(_ => Named(0) with { Seed = null })]);
        Assert.Equal(24, results.Select(video => video.Path).Distinct().Count());
        Assert.Equal(24, Directory.GetFiles(folder.File("out")).Length);
        Assert.All(results, video => Assert.Equal(video.Seed, RecipeText.Read(video.Path).Seed));
    }

    [Fact]
    public void File_that_appears_under_the_name_of_a_video_during_generation_is_kept()
    {
        var batcher = new RequestBatcher();
        batcher.Add(generator, Named(1));
        batcher.Add(generator, Request(7));
        File.WriteAllText(folder.File("out", "a_red_circle.gif"), "mine");
        File.WriteAllText(folder.File("out", "7.gif"), "mine");
        var made = Outcomes(batcher);
        Assert.Equal(folder.File("out", "a_red_circle_2.gif"), made[0].Video!.Path);
        Assert.Equal("TinySora.Generation.OutputExists", ((TinySoraException)made[1].Failure!).Id);
        Assert.Equal(["mine", "mine"], new[] { "a_red_circle.gif", "7.gif" }.Select(name => File.ReadAllText(folder.File("out", name))));
    }

    [Fact]
    public void Video_that_cannot_be_sampled_or_written_does_not_affect_the_others()
    {
        using var run = new TinyRun();
        CopyClip(run.File("clip"));
        run.Train(request => request with
        {
            MaxSteps = 1, Config = request.Config.With(model: request.Config.Model with { TextEncoder = TextEncoderKind.Clip, TextEncoderPath = run.File("clip"), CondDim = null }),
        });
        using var clip = VideoGenerator.Open(run.Results, "cpu");
        Directory.CreateDirectory(folder.File("out", "3.gif"));
        var batcher = new RequestBatcher();
        foreach (var i in Enumerable.Range(0, 5))
        {
            batcher.Add(clip, Request(i) with { Prompt = i == 2 ? "a (red:2) circle" : Short });
        }

        var outcomes = Outcomes(batcher);
        Assert.Equal([0L, 1, null, null, 4], outcomes.Select(outcome => outcome.Video?.Seed));
        Assert.Equal(
            ["TinySora.Model.WeightsNeedMean", "TinySora.Media.CannotWrite"], outcomes.Select(outcome => outcome.Failure).OfType<TinySoraException>().Select(e => e.Id));
    }

    [Fact]
    public void Cancellation_ends_the_work_and_keeps_written_files()
    {
        using var stop = new CancellationTokenSource();
        var batcher = new RequestBatcher();
        Enumerable.Range(0, 3).ToList().ForEach(i => batcher.Add(generator, Request(i)));
        using var made = batcher.Make(all: true, NoFailure, null, stop.Token).GetEnumerator();
        Assert.True(made.MoveNext());
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => made.MoveNext());
        Assert.Equal([folder.File("out", "0.gif")], Directory.GetFiles(folder.File("out")));
    }

    [Fact]
    public void Progress_of_many_requests_rises_to_one()
    {
        var seen = new List<double>();
        var batcher = new RequestBatcher();
        Enumerable.Range(0, 7).ToList().ForEach(i => batcher.Add(generator, Request(i)));
        Assert.Equal(7, batcher.Make(all: true, NoFailure, new ImmediateProgress<double>(seen.Add)).Count());
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(1, seen[^1], 9);

        // Batches of one, four and two clips, of two steps each.
        Assert.Equal([1, 2, 6, 10, 12, 14], seen.Select(done => Math.Round(14 * done, 6)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(17, 0)]
    [InlineData(4, 4)]
    [InlineData(4, -1)]
    [InlineData(int.MaxValue, 5)]
    public void Invalid_position_in_a_batch_is_refused(int length, int index) => Assert.Equal(
        "TinySora.Generation.BadBatch", Assert.Throws<TinySoraException>(() => Videos([Request(0) with { Batch = (length, index) }]).Count()).Id);

    [Fact]
    public void Largest_batch_of_a_recipe_is_sampled() => Assert.Equal((16, 15), Videos([Request(0) with { Batch = (16, 15) }]).Select(video => (video.BatchLength, video.BatchIndex)).Single());

    [Theory]
    [InlineData(0, null, "NameWords", "1 or more")]
    [InlineData(null, 0, "GuessEvery", "1 to 2")]
    [InlineData(null, 3, "GuessEvery", "1 to 2")]
    public void Number_out_of_range_is_refused_with_its_limits(int? words, int? every, string name, string limits)
    {
        var error = Assert.Throws<TinySoraException>(() => Videos([Request(0) with { NameWords = words, GuessEvery = every }]).Count());
        Assert.Equal(("TinySora.Generation.BadSetting", (object)$"{words ?? every}"), (error.Id, error.Target));
        Assert.Matches($"{name}.*{limits}", error.Message);
    }

    [Fact]
    public void Several_or_exact_videos_of_a_recipe_are_new_ones()
    {
        Assert.Equal([3, 3, 3], Videos([Request(0) with { OutputName = "several", Count = 3, Batch = (4, 2) }]).Select(video => video.BatchLength));
        Assert.Equal([1], Videos([Request(0) with { OutputName = "exact", Exact = true, Batch = (4, 2) }]).Select(video => video.BatchLength));
    }

    [Fact]
    public void Many_videos_of_one_request_are_split_into_batches_of_sixteen() => Assert.Equal(
        [.. Enumerable.Repeat(16, 16), 4, 4, 4, 4],
        Videos([Request(0) with { OutputName = "many", Count = 20 }]).Select(video => video.BatchLength));

    /// <summary>Generates the requests in several simultaneous batchers that do not share state, like several processes.</summary>
    private async Task<IReadOnlyList<GeneratedVideo>> AtOnce(int count, IReadOnlyList<GenerationRequest> requests)
    {
        using Barrier planned = new(count);
        var results = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var batcher = new RequestBatcher();
                requests.ToList().ForEach(request => batcher.Add(generator, request));
                planned.SignalAndWait(TestContext.Current.CancellationToken);
                return batcher.Make(all: true, NoFailure, null, TestContext.Current.CancellationToken).ToList();
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return [.. results.SelectMany(result => result)];
    }

    private static void NoFailure(GenerationRequest request, Exception failure) => Assert.Fail($"{request.Prompt}: {failure}");

    /// <summary>Returns videos and failures in the order of their clips.</summary>
    private static List<(GeneratedVideo? Video, Exception? Failure)> Outcomes(RequestBatcher batcher)
    {
        var all = new List<(GeneratedVideo?, Exception?)>();
        foreach (var video in batcher.Make(all: true, (_, failure) => all.Add((null, failure))))
        {
            all.Add((video, null));
        }

        return all;
    }

    private GenerationRequest Request(int seed) =>
        new() { Prompt = Short, Seed = seed, OutputName = $"{seed}", OutputPath = folder.File("out") };

    /// <summary>Finds a video by its prompt.</summary>
    private GenerationRequest Named(int seed) => Request(seed) with { OutputName = null };

    /// <summary>Lists files of requests made by one pipeline; files that existed already have a plus.</summary>
    private IEnumerable<string> Names(IEnumerable<GenerationRequest> requests) =>
        Videos(requests).Select(video => $"{(video.Skipped ? "+" : "")}{Path.GetFileName(video.Path)}");

    private static GenerationRequest Again(GeneratedVideo video) => new()
    {
        Prompt = video.Prompt, Seed = video.Seed, Settings = UNetTesting.Asked(video.Sampler, video.Steps, video.Eta, video.GuidanceScale),
        Batch = (video.BatchLength, video.BatchIndex), OutputPath = Path.Combine(Path.GetDirectoryName(video.Path)!, "again"), OutputName = $"{video.Seed}",
    };

    /// <summary>As in the cmdlet.</summary>
    private IEnumerable<GeneratedVideo> Videos(IEnumerable<GenerationRequest> requests, VideoGenerator? with = null)
    {
        with ??= generator;
        var batcher = new RequestBatcher(with.Lanes);
        foreach (var request in requests)
        {
            batcher.Add(with, request);
            foreach (var video in batcher.IsDue ? batcher.Make(all: false, NoFailure) : [])
            {
                yield return video;
            }
        }

        foreach (var video in batcher.Make(all: true, NoFailure))
        {
            yield return video;
        }
    }

    private static void CopyClip(string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "clip")))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
