using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Gif;
using TinySora.Engine.Studio;
using TinySora.Engine.Tests.Generation;

namespace TinySora.Engine.Tests.Studio;

/// <summary>Tests the responses to the page, without a browser or a connection.</summary>
public sealed class StudioSessionTests : IClassFixture<VideoGeneratorTests.TrainedModel>, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly VideoGenerator generator;
    private readonly StudioSession session;
    private long turn;

    public StudioSessionTests(VideoGeneratorTests.TrainedModel model)
    {
        generator = VideoGenerator.Open(model.Results, "cpu");
        session = new StudioSession(generator, new StudioOptions
        {
            Checkpoint = "<model> & more", Prompt = "a red circle", OutputPath = folder.File("out"), Command = request => $"make '{request.Prompt}' {request.Seed}{request.Start?.From}",
        });
    }

    public void Dispose()
    {
        session.Dispose();
        generator.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_studio_whose_port_is_taken_leaves_no_folder_behind()
    {
        var before = Folders();
        var taken = new StudioOptions { Checkpoint = "model", Port = session.Address.Port, OutputPath = folder.File("out"), Command = _ => "" };
        Assert.Equal("TinySora.Studio.PortTaken", Assert.Throws<TinySoraException>(() => new StudioSession(generator, taken)).Id);
        Assert.Equal(before, Folders());

        static string[] Folders() => [.. Directory.GetDirectories(Path.GetTempPath(), "tinysora-studio-*").Order(StringComparer.Ordinal)];
    }

    /// <summary>Other users can see the arguments of a browser, but not files that only this user may read.</summary>
    [Fact]
    public void The_browser_is_redirected_by_a_private_page_that_is_deleted()
    {
        var page = session.WriteOpeningPage();
        var text = File.ReadAllText(page);
        Assert.Contains($"http-equiv=\"refresh\" content=\"0; url={session.Address.AbsoluteUri}\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain(session.Address.AbsolutePath.Trim('/'), page, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(page));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(page)!));
        }

        Assert.Equal(200, session.Answer(new HttpRequest("GET", "", None, None, []), default).Status);
        Assert.False(Path.Exists(Path.GetDirectoryName(page)));
        Assert.Equal(200, session.Answer(new HttpRequest("GET", "", None, None, []), default).Status);
    }

    [Fact]
    public void Shown_and_saved_clips_equal_those_of_generation()
    {
        var (facts, pixels) = Clip(Ask with { Page = null, Settings = Settings(("Steps", 3), ("GuidanceScale", 1.5)) });
        var saved = Json(Post("save", Ask with { Settings = Settings(("Steps", 3), ("GuidanceScale", 1.5)) }));
        var made = RequestBatcher.Generate(generator, new GenerationRequest
        {
            Prompt = "a red circle", Seed = 5, OutputPath = folder.File("other"),
            Settings = new Dictionary<string, object> { ["Steps"] = 3, ["GuidanceScale"] = 1.5 },
        }).Single();

        Assert.Equal(folder.File("out", "a_red_circle.gif"), $"{saved["path"]}");
        Assert.Equal(File.ReadAllBytes(made.Path), File.ReadAllBytes(folder.File("out", "a_red_circle.gif")));
        Assert.Equal((5L, 3), (RecipeText.Read($"{saved["path"]}").Seed, RecipeText.Read($"{saved["path"]}").Steps));

        // A GIF has a palette, so the shown clip is quantized like it.
        Assert.Equal("""{"turn":1,"seeds":[5],"frames":2,"height":16,"width":16,"frameMilliseconds":100,"isDraft":false,"unknownWords":[],"units":3""", $"{facts.ToJsonString().Split(",\"milliseconds")[0]}");
        using var gif = new MemoryStream();
        GifCodec.Write(gif, new Clip(pixels, 2, 16, 16, 3), RecipeText.Write(RecipeText.Read(made.Path)));
        Assert.Equal(File.ReadAllBytes(made.Path), gif.ToArray());
        Assert.Equal("make 'a red circle' 5", $"{facts["command"]}");
    }

    [Fact]
    public void Saving_again_finds_the_first_file()
    {
        Assert.Equal("false", Json(Post("save", Ask))["skipped"]!.ToJsonString());
        Assert.Equal("true", Json(Post("save", Ask))["skipped"]!.ToJsonString());
        Assert.Single(Directory.GetFiles(folder.File("out")));
    }

    [Fact]
    public void Several_seeds_are_generated_together()
    {
        var (facts, pixels) = Clip(Ask with { Count = 3 });
        Assert.Equal("[5,6,7]", facts["seeds"]!.ToJsonString());
        Assert.Equal(3 * 2 * 16 * 16 * 3, pixels.Length);
        Assert.Equal(3, pixels.Chunk(2 * 16 * 16 * 3).Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void A_draft_takes_fewer_steps_once_their_time_is_known()
    {
        var many = Settings(("Steps", 10));
        session.WarmUp(CancellationToken.None);
        session.Clips.MillisecondsPerUnit = 25;
        var (draft, _) = Clip(Ask with { Settings = many, Draft = true });
        Assert.Equal(("true", "2"), (draft["isDraft"]!.ToJsonString(), draft["units"]!.ToJsonString()));
        (draft, _) = Clip(Ask with { Settings = Settings(("Steps", 10), ("steps", 10)), Draft = true });
        Assert.Equal("true", draft["isDraft"]!.ToJsonString());
        session.Clips.MillisecondsPerUnit = 11; // all ten steps take 110 ms: a draft of five would only delay them
        var (whole, _) = Clip(Ask with { Settings = many, Draft = true });
        Assert.Equal(("false", "10"), (whole["isDraft"]!.ToJsonString(), whole["units"]!.ToJsonString()));
    }

    [Fact]
    public async Task A_clip_is_cancelled_by_a_newer_request()
    {
        var newer = Ask with { Turn = 100 };
        Assert.Equal(200, session.Answer(Request("clip", newer), CancellationToken.None).Status);
        Assert.Equal(409, session.Answer(Request("clip", Ask with { Turn = 99 }), CancellationToken.None).Status);

        // Blocks the engine thread until the newer request arrives.
        using var held = new ManualResetEventSlim();
        var holding = Task.Run(() => EngineThread.Run(() => held.Wait()));
        var overtaken = Task.Run(() => session.Answer(Request("clip", Ask with { Turn = 101 }), CancellationToken.None));
        using var next = session.PageRequests.Begin("test", 102, CancellationToken.None);
        held.Set();
        Assert.Equal(409, (await overtaken).Status);
        await holding;
    }

    [Fact]
    public void Refusals_of_the_model_are_explained()
    {
        Assert.Equal(422, Post("clip", Ask with { Settings = Settings(("Temperature", 1.0)) }).Status);
        Assert.Contains("is unbalanced", Text(Post("clip", Ask with { Prompt = "a (red circle" })), StringComparison.Ordinal);
        Assert.Equal(422, Post("save", Ask with { Prompt = "" }).Status);
        Assert.Equal(422, Post("clip", Ask with { Start = "../secret.gif" }).Status);
        Assert.Equal(400, session.Answer(new HttpRequest("POST", "clip", None, None, "no JSON"u8.ToArray()), CancellationToken.None).Status);
        Assert.Equal(404, session.Answer(new HttpRequest("GET", "../appsettings", None, None, []), CancellationToken.None).Status);
        Assert.Equal(404, session.Answer(new HttpRequest("POST", "model", None, None, []), CancellationToken.None).Status);
        Assert.Equal(405, session.Answer(new HttpRequest("DELETE", "model", None, None, []), CancellationToken.None).Status);
    }

    [Fact]
    public void Unknown_words_are_named() =>
        Assert.Equal("[\"zeppelin\"]", Clip(Ask with { Prompt = "a red zeppelin" }).Facts["unknownWords"]!.ToJsonString());

    [Theory]
    [InlineData("blue", 1.0, true)]
    [InlineData("blue", 1.5, false)]
    [InlineData(null, 1.0, false)]
    public void Negative_prompt_without_guidance_is_reported(string? negative, double guidance, bool expected) => Assert.Equal(
        expected, (bool)Clip(Ask with { NegativePrompt = negative, Settings = Settings(("GuidanceScale", guidance)) }).Facts["ignoresNegative"]!);

    [Theory]
    [InlineData("a red cirle", "cirle", "circle")]
    [InlineData("a rde circle", "rde", "red")]
    [InlineData("a red zeppelin", "zeppelin", null)]
    public void The_nearest_word_is_proposed_for_an_unknown_one(string prompt, string unknown, string? meant)
    {
        var facts = Clip(Ask with { Prompt = prompt }).Facts;
        Assert.Equal((unknown, meant), ($"{facts["unknownWords"]![0]}", facts["meant"]![0]?.ToString()));
    }

    [Fact]
    public void Refusals_name_the_field_that_caused_them()
    {
        Assert.Equal("prompt", Field(Ask with { Prompt = "a (red circle" }));
        Assert.Equal("without", Field(Ask with { NegativePrompt = "a (blue circle" }));
        Assert.Equal("settings", Field(Ask with { Settings = Settings(("Temperature", 1.0)) }));
        Assert.Equal("settings", Field(Ask with { Settings = Settings(("Steps", "many")) }));
        Assert.Equal("settings", Field(Ask with { Settings = Settings(("Steps", 1000)) }));
        Assert.Equal("settings", Field(Ask with { Settings = Settings(("Sampler", "magic")) }));
        Assert.Equal("settings", Field(Ask with { Settings = Settings(("Sampler", "ddpm"), ("Eta", 0.5)) }));
        Assert.Equal("start", Field(Ask with { Start = "gone.gif" }));

        string Field(ClipRequest ask)
        {
            var fields = ((string[])["clip", "save", "download"]).Select(path => $"{JsonNode.Parse(Post(path, ask).Body)!["field"]}").Distinct().ToList();
            return Assert.Single(fields);
        }
    }

    [Fact]
    public void A_download_equals_the_saved_file_and_writes_nothing()
    {
        var answer = Post("download", Ask);
        var end = Array.IndexOf(answer.Body, (byte)'\n');
        Assert.Equal("a_red_circle.gif", $"{JsonNode.Parse(answer.Body.AsSpan(0, end))!["name"]}");
        Assert.False(Directory.Exists(folder.File("out")));
        var saved = Json(Post("save", Ask));
        Assert.Equal(File.ReadAllBytes($"{saved["path"]}"), answer.Body[(end + 1)..]);
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "tinysora-download-*"));
    }

    [Fact]
    public void A_start_picture_is_copied_next_to_the_saved_video()
    {
        ClipFile.Write(folder.File("star.gif"), Clip16(200));
        var kept = Json(Upload("../../a b<i>.gif", File.ReadAllBytes(folder.File("star.gif"))));
        Assert.Equal("a_b_i_.gif", $"{kept["name"]}");
        var plain = Clip(Ask).Pixels;
        var begun = Ask with { Start = "a_b_i_.gif", Noise = 0.5 };
        Assert.NotEqual(plain, Clip(begun).Pixels);

        var answer = Json(Post("save", begun));
        var saved = $"{answer["path"]}";
        Assert.EndsWith(folder.File("out", "a_b_i_.gif"), $"{answer["command"]}", StringComparison.Ordinal);
        Assert.Equal("a_b_i_.gif", RecipeText.Read(saved).From);
        var made = RequestBatcher.Generate(generator, new GenerationRequest
        {
            Prompt = "a red circle", Seed = 5, OutputPath = folder.File("other"), Start = new StartClips(folder.File("out", "a_b_i_.gif")) { Noise = 0.5 },
        }).Single();
        Assert.Equal(File.ReadAllBytes(made.Path), File.ReadAllBytes(saved));
    }

    [Fact]
    public void A_generated_file_restores_its_recipe()
    {
        var request = Ask with { NegativePrompt = "a blue square", Seed = 77, Settings = Settings(("Steps", 3), ("GuidanceScale", 1.5)) };
        var path = $"{Json(Post("save", request))["path"]}";
        var recipe = Json(Upload("dropped.gif", File.ReadAllBytes(path)))["recipe"]!;
        Assert.Equal(("a red circle", "a blue square", "77", ""), ($"{recipe["prompt"]}", $"{recipe["negativePrompt"]}", $"{recipe["seed"]}", $"{recipe["otherModel"]}"));
        Assert.Equal(("3", "1.5"), ($"{recipe["settings"]!["Steps"]}", $"{recipe["settings"]!["GuidanceScale"]}"));
        var values = recipe["settings"]!.AsObject().ToDictionary(setting => setting.Key, setting => JsonSerializer.SerializeToElement(setting.Value));
        var again = Ask with { Prompt = $"{recipe["prompt"]}", NegativePrompt = $"{recipe["negativePrompt"]}", Seed = (long)recipe["seed"]!, Settings = values };
        Assert.Equal("true", Json(Post("save", again))["skipped"]!.ToJsonString());

        // Other clips, and one generated by another model.
        ClipFile.Write(folder.File("star.gif"), Clip16(200));
        Assert.Null(Json(Upload("star.gif", File.ReadAllBytes(folder.File("star.gif"))))["recipe"]);
        ClipFile.Write(folder.File("other.gif"), Clip16(200), RecipeText.Write(RecipeText.Read(path) with { ModelHash = "0", Checkpoint = "other.safetensors" }));
        Assert.Equal("other.safetensors", $"{Json(Upload("other.gif", File.ReadAllBytes(folder.File("other.gif"))))["recipe"]!["otherModel"]}");
    }

    [Fact]
    public void The_gallery_shows_saved_videos_and_nothing_else()
    {
        Assert.Equal("[]", Text(Get("saved")));
        var path = $"{Json(Post("save", Ask))["path"]}";
        ClipFile.Write(folder.File("out", "no recipe.gif"), Clip16(200));
        File.WriteAllText(folder.File("secret.gif"), "secret");
        File.WriteAllText(folder.File("out", "note.txt"), "note");
        File.Copy(path, folder.File("elsewhere.gif"));
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(folder.File("out", "link.gif"), folder.File("elsewhere.gif"));
        }

        var video = Assert.Single(JsonNode.Parse(Text(Get("saved")))!.AsArray())!;
        Assert.Equal(("a_red_circle.gif", "a red circle", "5"), ($"{video["name"]}", $"{video["prompt"]}", $"{video["seed"]}"));
        Assert.Equal(("image/gif", 200), (Get("video", "a_red_circle.gif").ContentType, Get("video", "a_red_circle.gif").Status));
        Assert.Equal(File.ReadAllBytes(path), Get("video", "a_red_circle.gif").Body);
        Assert.All((string[])["../secret.gif", "../elsewhere.gif", "link.gif", "note.txt", "", folder.File("elsewhere.gif")], name =>
        {
            Assert.Equal(404, Get("video", name).Status);
            Assert.Equal(404, session.Answer(new HttpRequest("POST", "recipe", Named(name), None, []), CancellationToken.None).Status);
        });
        Assert.Equal("5", $"{Json(session.Answer(new HttpRequest("POST", "recipe", Named("a_red_circle.gif"), None, []), CancellationToken.None))["recipe"]!["seed"]}");
    }

    [Fact]
    public void A_copied_command_names_files_that_outlast_the_studio()
    {
        ClipFile.Write(folder.File("star.gif"), Clip16(200));
        Upload("star.gif", File.ReadAllBytes(folder.File("star.gif")));
        var command = $"{Json(Post("command", Ask with { Start = "star.gif", Noise = 0.5 }))["command"]}";
        Assert.EndsWith(folder.File("out", "star.gif"), command, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.File("out", "star.gif")));
        Assert.Equal("make 'a red circle' 5", $"{Json(Post("command", Ask))["command"]}");
        Assert.Equal("start", $"{JsonNode.Parse(Post("command", Ask with { Start = "gone.gif" }).Body)!["field"]}");
    }

    [Fact]
    public void An_invalid_picture_is_refused_and_not_stored()
    {
        Assert.Equal(422, Upload("note.gif", "no picture"u8.ToArray()).Status);
        Assert.Equal(422, Post("clip", Ask with { Start = "note.gif" }).Status);

        // The earlier file of its name stays unchanged.
        ClipFile.Write(folder.File("star.gif"), Clip16(200));
        Assert.Equal(200, Upload("star.gif", File.ReadAllBytes(folder.File("star.gif"))).Status);
        Assert.Equal(422, Upload("star.gif", "no picture"u8.ToArray()).Status);
        Assert.Equal(200, Post("clip", Ask with { Start = "star.gif" }).Status);
    }

    [Fact]
    public void Names_of_models_are_always_escaped()
    {
        var facts = Text(session.Answer(new HttpRequest("GET", "model", None, None, []), CancellationToken.None));
        Assert.DoesNotContain("<model>", facts, StringComparison.Ordinal);
        Assert.Equal("<model> & more", $"{JsonNode.Parse(facts)!["checkpoint"]}");
        Assert.Equal(["Steps", "GuidanceScale"], JsonNode.Parse(facts)!["settings"]!.AsArray().Select(setting => $"{setting!["name"]}"));
        Assert.Contains("circle", JsonNode.Parse(facts)!["words"]!.AsArray().Select(word => $"{word}"));
    }

    [Fact]
    public void The_slider_for_steps_ends_at_the_number_of_timesteps()
    {
        var facts = JsonNode.Parse(Text(Get("model")))!;
        Assert.Equal(("Steps", "10"), ($"{facts["settings"]![0]!["name"]}", $"{facts["settings"]![0]!["most"]}"));
        Assert.Equal(10, generator.Video.MaxSteps);
        Assert.Equal(["GuidanceScale", "Steps", "Sampler", "Eta", "FramesPerSecond"], facts["settingNames"]!.AsArray().Select(name => $"{name}"));
    }

    /// <summary>Scripts insert content as text only, and the page loads nothing from elsewhere.</summary>
    [Fact]
    public void The_page_loads_nothing_from_elsewhere_and_never_parses_text_as_HTML()
    {
        var names = typeof(StudioSession).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("studio/", StringComparison.Ordinal)).Select(name => name[7..]).ToList();
        Assert.Contains("studio.html", names);
        Assert.All(names, name =>
        {
            var answer = session.Answer(new HttpRequest("GET", name, None, None, []), CancellationToken.None);
            Assert.Equal(200, answer.Status);
            var text = Text(answer).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
            Assert.DoesNotContain("://", text, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|\son\w+=""|style=""", text);
            Assert.True(text.Split('\n').Length <= 300, $"{name} has more than 300 lines.");
        });
        var page = Text(session.Answer(new HttpRequest("GET", "", None, None, []), CancellationToken.None));
        Assert.Contains("<title>", page, StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, string> None = [];

    private ClipRequest Ask => new() { Page = "test", Turn = ++turn, Prompt = "a red circle", Seed = 5 };

    private static Dictionary<string, JsonElement> Settings(params (string Name, object Value)[] values) =>
        values.ToDictionary(value => value.Name, value => JsonSerializer.SerializeToElement(value.Value));

    private static Clip Clip16(byte level) => new([.. Enumerable.Repeat(level, 2 * 16 * 16 * 3)], 2, 16, 16, 3);

    private static HttpRequest Request(string path, ClipRequest ask) => new("POST", path, None, None, HttpAnswer.JsonBytes(ask));

    private HttpAnswer Post(string path, ClipRequest ask) => session.Answer(Request(path, ask), CancellationToken.None);

    private HttpAnswer Get(string path, string? name = null) =>
        session.Answer(new HttpRequest("GET", path, name is null ? None : Named(name), None, []), CancellationToken.None);

    private static Dictionary<string, string> Named(string name) => new() { ["name"] = name };

    private HttpAnswer Upload(string name, byte[] content) =>
        session.Answer(new HttpRequest("POST", "start", new Dictionary<string, string> { ["name"] = name }, None, content), CancellationToken.None);

    private (JsonNode Facts, byte[] Pixels) Clip(ClipRequest ask)
    {
        var answer = Post("clip", ask);
        Assert.True(answer.Status == 200, Text(answer));
        var end = Array.IndexOf(answer.Body, (byte)'\n');
        return (JsonNode.Parse(answer.Body.AsSpan(0, end))!, answer.Body[(end + 1)..]);
    }

    private static JsonNode Json(HttpAnswer answer)
    {
        Assert.True(answer.Status == 200, Text(answer));
        return JsonNode.Parse(answer.Body)!;
    }

    private static string Text(HttpAnswer answer) => Encoding.UTF8.GetString(answer.Body);
}
