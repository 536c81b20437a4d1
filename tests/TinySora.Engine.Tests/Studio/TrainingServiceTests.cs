using System.Text;
using System.Text.Json.Nodes;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Studio;

namespace TinySora.Engine.Tests.Studio;

/// <summary>Tests trainings queued from the page: where they may read and write, and what is passed to the queue.</summary>
public sealed class TrainingServiceTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly List<TrainingOrder> queued = [];
    private readonly TrainingService desk;
    private readonly StudioTrainings trainings;

    public TrainingServiceTests()
    {
        Directory.CreateDirectory(Root("training_data"));
        Directory.CreateDirectory(Root("empty"));
        File.WriteAllText(Root("training_data", "clip.gif"), "");
        File.WriteAllText(Root("training_data", "clip.txt"), "a caption");
        File.WriteAllText(Root("my.yaml"), "");
        Directory.CreateDirectory(temporary.File("outside"));
        trainings = new StudioTrainings(temporary.File("root"), queued.Add, order => $"train {order.Config} {order.Budget}");
        desk = new TrainingService(trainings);
    }

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_training_is_queued_with_full_paths_and_a_preview_queues_nothing()
    {
        var ask = new TrainingForm("shapes-small", "./training_data", "run-1", " 3min ");
        Assert.Equal(new TrainingPlace("train shapes-small 3min", Root("runs", "run-1")), desk.Queue(ask with { Preview = true }));
        Assert.Empty(queued);
        desk.Queue(ask);
        Assert.Equal(new TrainingOrder(temporary.File("root"), "shapes-small", Root("training_data"), Root("runs", "run-1"), "3min"), Assert.Single(queued));
        desk.Queue(ask with { Config = "./my.yaml", Budget = "" });
        Assert.Equal((Root("my.yaml"), null), (queued[1].Config, queued[1].Budget));
    }

    [Fact]
    public void The_form_offers_presets_configurations_and_folders_with_clips()
    {
        var choices = desk.Choices();
        Assert.Contains("shapes-small", choices.Configs);
        Assert.Contains("./my.yaml", choices.Configs);
        Assert.Equal(["./training_data"], choices.DataPaths);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../outside")]
    [InlineData("training_data/../../outside")]
    [InlineData(".")]
    [InlineData("../root-beside")]
    [InlineData("/")]
    [InlineData("link/below")]
    [InlineData("link")]
    public void Nothing_outside_the_folder_is_read_or_written(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateSymbolicLink(Root("link"), temporary.File("outside"));
        }

        Assert.SkipWhen(OperatingSystem.IsWindows() && path.StartsWith("link", StringComparison.Ordinal), "Links require a privilege on Windows.");
        Refused("TinySora.Studio.OutsideFolder", new TrainingForm("shapes-small", path, "run"));
        Refused("TinySora.Studio.OutsideFolder", new TrainingForm(path, "training_data", "run"));
    }

    [Fact]
    public void A_linked_folder_of_runs_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links require a privilege on Windows.");
        Directory.CreateSymbolicLink(Root("runs"), temporary.File("outside"));
        Refused("TinySora.Studio.OutsideFolder", new TrainingForm("shapes-small", "training_data", "run"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData(".hidden")]
    [InlineData("-Force")]
    [InlineData("a b")]
    [InlineData("run.")]
    [InlineData(null)]
    public void Names_of_runs_must_be_plain(string? name) => Refused("TinySora.Studio.BadRunName", new TrainingForm("shapes-small", "training_data", name!));

    /// <summary>Requests that write are protected like all others, and a studio without trainings does not accept them.</summary>
    [Fact]
    public async Task Only_the_page_itself_can_queue()
    {
        using var generator = VideoGenerator.Open(Repository.At("models", "shapes-lean.safetensors"), "cpu");
        var options = new StudioOptions { Checkpoint = "shapes-lean", OutputPath = temporary.File("out"), Command = _ => "", Trainings = trainings };
        using var session = new StudioSession(generator, options);
        using var without = new StudioSession(generator, options with { Trainings = null });
        using var stop = new CancellationTokenSource();
        var serving = Task.Run(() => session.Run(stop.Token), CancellationToken.None);
        const string ask = """{ "config": "shapes-small", "dataPath": "training_data", "name": "run-1" }""";
        using (var http = new HttpClient())
        {
            Assert.Equal(403, await Post(new Uri($"http://127.0.0.1:{session.Address.Port}/train"), null));
            Assert.Equal(403, await Post(new Uri(session.Address, "train"), "http://evil.example"));
            Assert.Empty(queued);
            Assert.Equal(200, await Post(new Uri(session.Address, "train"), session.Address.GetLeftPart(UriPartial.Authority)));
            Assert.Single(queued);

            async Task<int> Post(Uri uri, string? origin)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new StringContent(ask) };
                if (origin is not null)
                {
                    request.Headers.Add("Origin", origin);
                }

                using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
                return (int)answer.StatusCode;
            }
        }

        await stop.CancelAsync();
        await serving;
        Dictionary<string, string> none = [];
        Assert.Equal(404, without.Answer(new HttpRequest("POST", "train", none, none, Encoding.UTF8.GetBytes(ask)), CancellationToken.None).Status);
        var refusal = session.Answer(new HttpRequest("POST", "train", none, none, Encoding.UTF8.GetBytes(ask.Replace("run-1", "..", StringComparison.Ordinal))), CancellationToken.None);
        Assert.Contains("valid run name", $"{JsonNode.Parse(refusal.Body)!["problem"]}", StringComparison.Ordinal);
    }

    private void Refused(string id, TrainingForm ask)
    {
        Assert.Equal(id, Assert.Throws<TinySoraException>(() => desk.Queue(ask)).Id);
        Assert.Equal(id, Assert.Throws<TinySoraException>(() => desk.Queue(ask with { Preview = true })).Id);
        Assert.Empty(queued);
    }

    private string Root(params string[] parts) => temporary.File(["root", .. parts]);
}
