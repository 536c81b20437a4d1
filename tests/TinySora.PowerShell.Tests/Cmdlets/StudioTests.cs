using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class StudioTests(TrainedWorkspace trained) : IClassFixture<TrainedWorkspace>
{
    private readonly Workspace workspace = trained.Workspace;

    [Fact]
    public void Address_is_written_while_the_page_is_served_and_the_end_of_the_pipeline_closes_it()
    {
        var run = workspace.Good("Start-TinySoraStudio -Checkpoint saved_models -Prompt 'a red circle' | ForEach-Object { $_; [Net.Http.HttpClient]::new().GetStringAsync($_.Uri).Result } | Select-Object -First 2");
        Assert.Equal("TinySoraStudio", run.Objects[0]!.GetType().Name);
        Assert.Contains("<title>TinySora studio</title>", Assert.IsType<string>(run.Objects[1]), StringComparison.Ordinal);
        var uri = Assert.IsType<Uri>(run.Values("Uri")[0]);
        Assert.Equal((true, workspace.At("saved_models"), 3, workspace.At("results")), (uri.IsLoopback, run.Values("Checkpoint")[0], run.Values("Step")[0], run.Values("OutputPath")[0]));
        Assert.Throws<SocketException>(() => new TcpClient("127.0.0.1", uri.Port));
    }

    [Fact]
    public void WhatIf_opens_nothing()
    {
        var run = workspace.Good("Start-TinySoraStudio -WhatIf");
        Assert.Empty(run.Objects);
        Assert.Contains("What if: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_C_closes_the_studio()
    {
        using var stop = new CancellationTokenSource();
        var run = workspace.Run("Start-TinySoraStudio | ForEach-Object { $_; New-Item begun -ItemType File | Out-Null }", cancellation: StopWhen(workspace.At("begun"), stop));
        Assert.True(run.Stopped);
        Assert.Throws<SocketException>(() => new TcpClient("127.0.0.1", Assert.IsType<Uri>(run.Values("Uri")[0]).Port));
    }

    /// <summary>The warning about an unfinished model comes before the address.</summary>
    [Fact]
    public void Job_with_an_unfinished_model_has_its_address()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml -ResultsPath unfinished -MaxSteps 1");
        var run = workspace.Good("$studio = Start-TinySoraStudio unfinished -AsJob; $studio.Uri; $studio.Warning.Count; $studio | Stop-Job");
        Assert.IsType<Uri>(run.Objects[0]);
        Assert.Equal(1, run.Objects[1]);
    }

    [Fact]
    public async Task Displayed_command_makes_the_same_file_as_saving()
    {
        var session = workspace.Session();
        var job = session.Run("$studio = Start-TinySoraStudio -AsJob -OutputPath saved; $studio");
        Assert.True(job.Succeeded, job.ErrorOutput);
        var uri = Assert.IsType<Uri>(Assert.Single(job.Values("Uri")));
        const string prompt = "a (red:1.2) circle, the painter\u2019s \"$own\" 'one'";
        using var http = new HttpClient();
        var ask = new JsonObject { ["prompt"] = prompt, ["seed"] = 7, ["settings"] = new JsonObject { ["Steps"] = 3, ["GuidanceScale"] = 1.5 } };
        using var answer = await http.PostAsync(new Uri(uri, "save"), new StringContent(ask.ToJsonString(), Encoding.UTF8), TestContext.Current.CancellationToken);
        var saved = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var bytes = File.ReadAllBytes($"{saved["path"]}");
        File.Delete($"{saved["path"]}");
        var again = session.Run($"{saved["command"]}");
        Assert.True(again.Succeeded, again.ErrorOutput);
        Assert.Equal((prompt, $"{saved["path"]}"), (again.Values("Prompt")[0], again.Values("Path")[0]));
        Assert.Equal(bytes, File.ReadAllBytes($"{saved["path"]}"));

        var ended = session.Run("$studio | Stop-Job; $studio.State; $studio | Receive-Job");
        Assert.Equal("Stopped", $"{ended.Objects[0]}");
        Assert.Equal(uri, ended.Values("Uri")[1]);
        Assert.Throws<SocketException>(() => new TcpClient("127.0.0.1", uri.Port));
    }

    [Fact]
    public async Task Training_queued_on_the_page_equals_the_displayed_command()
    {
        var session = workspace.Session();
        var uri = Assert.IsType<Uri>(Assert.Single(session.Run("$studio = Start-TinySoraStudio -AsJob; $studio").Values("Uri")));
        using var http = new HttpClient();
        var queued = await Train("tiny.yaml", "from-page");
        Assert.Null(queued["problem"]?.ToString());
        var command = $"{queued["command"]}";
        Assert.Matches("^Start-TinySoraTraining -Config .*tiny.yaml.* -DataPath .*data.* -ResultsPath .*from-page.* -Queue$", command);
        var run = session.Run($"{command} -WhatIf; Wait-TinySoraRun runs/from-page");
        Assert.True(run.Succeeded, run.ErrorOutput);
        Assert.Equal("Completed", run.Values("State")[^1]);
        Assert.Contains("does not exist", $"{(await Train("missing.yaml", "other"))["problem"]}", StringComparison.Ordinal);
        session.Run("$studio | Stop-Job");

        async Task<JsonNode> Train(string config, string name)
        {
            var ask = new JsonObject { ["config"] = config, ["dataPath"] = "data", ["name"] = name };
            using var answer = await http.PostAsync(new Uri(uri, "train"), new StringContent(ask.ToJsonString(), Encoding.UTF8), TestContext.Current.CancellationToken);
            return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        }
    }

    [Fact]
    public void Folders_of_runs_may_be_literal()
    {
        workspace.Good("Start-TinySoraStudio -LiteralPath './runs[1]' -WhatIf");
        Assert.StartsWith("TinySora.Input.BadPath,", Assert.Single(workspace.Run("Start-TinySoraStudio -LiteralPath nowhere:/x -WhatIf").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Port_in_use_is_an_error_that_names_the_parameter()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var line = $"Start-TinySoraStudio -Port {((IPEndPoint)listener.LocalEndpoint).Port}";
        var error = workspace.Bad(line, "TinySora.Studio.PortTaken", ErrorCategory.ResourceUnavailable);
        Assert.Contains("-Port", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        workspace.Bad($"{line} -WhatIf", "TinySora.Studio.PortTaken", ErrorCategory.ResourceUnavailable);
    }

    [Fact]
    public void Missing_checkpoint_or_one_that_makes_no_videos_is_an_error_with_WhatIf_too()
    {
        workspace.Bad("Start-TinySoraStudio nowhere", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        workspace.Bad("Start-TinySoraStudio nowhere -WhatIf", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        workspace.Bad("Start-TinySoraStudio clips-vae -WhatIf", "TinySora.Generation.MakesNoVideos", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Page_shows_the_runs_of_its_folders_and_no_others()
    {
        var run = workspace.Good("Start-TinySoraStudio -Path saved_m*, ./nowhere | ForEach-Object { [Net.Http.HttpClient]::new().GetStringAsync(\"$($_.Uri)runs\").Result } | Select-Object -First 1");
        var one = Assert.Single(JsonNode.Parse($"{run.Objects[0]}")!.AsArray());
        Assert.Equal(("saved_models", "3", "Completed"), ($"{one!["name"]}", $"{one["step"]}", $"{one["state"]}"));
    }

    [Fact]
    public void Report_is_a_file_of_the_piped_or_named_runs()
    {
        var named = workspace.Good("Export-TinySoraReport saved_models -OutputPath one.html");
        Assert.Equal(workspace.At("one.html"), Assert.IsType<FileInfo>(Assert.Single(named.Objects)).FullName);
        workspace.Good("Get-TinySoraRun saved_models | Export-TinySoraReport -OutputPath two.html");
        Assert.All(["one.html", "two.html"], name => Assert.Contains("<title>saved_models - TinySora</title>", File.ReadAllText(workspace.At(name)), StringComparison.Ordinal));
        workspace.Bad("Export-TinySoraReport nowhere -OutputPath three.html", "TinySora.Training.NoRun", ErrorCategory.ObjectNotFound);
        Assert.False(File.Exists(workspace.At("three.html")));
    }

    /// <summary>Other users can read a browser's arguments, and pictures that a studio leaves behind are the user's.</summary>
    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [Trait("Starts", "Processes")]
    public async Task Browser_arguments_have_no_token_and_a_signal_leaves_no_temporary_folder(string signal)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("xdg-open is Linux's.");
            return;
        }

        if (signal == "HUP")
        {
            Needs.Hangup();
        }

        var (bin, temporary, arguments) = (workspace.At($"bin-{signal}"), workspace.At($"temporary-{signal}"), workspace.At($"arguments-{signal}"));
        Directory.CreateDirectory(bin);
        Directory.CreateDirectory(temporary);
        File.WriteAllText(Path.Combine(bin, "xdg-open"), $"#!/bin/sh\nprintf '%s\\n' \"$@\" > '{arguments}.new'\nmv '{arguments}.new' '{arguments}'\n");
        File.SetUnixFileMode(Path.Combine(bin, "xdg-open"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var process = Pwsh.Start(
            "/usr/bin/env", [$"PATH={bin}:{Environment.GetEnvironmentVariable("PATH")}", $"TMPDIR={temporary}", .. Pwsh.CommandLine, "Start-TinySoraStudio", "-Open"],
            workspace.Folder, Workspace.ModuleFolder);
        while (!File.Exists(arguments))
        {
            Pwsh.AssertRunning(process);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var page = Assert.Single(File.ReadAllLines(arguments));
        var address = new Uri(System.Text.RegularExpressions.Regex.Match(File.ReadAllText(page), "url=(http:[^\"]+)").Groups[1].Value);
        Assert.StartsWith(temporary, page, StringComparison.Ordinal);
        Assert.DoesNotContain(address.AbsolutePath.Trim('/'), page, StringComparison.Ordinal);
        using var http = new HttpClient();
        Assert.Contains("<title>TinySora studio</title>", await http.GetStringAsync(address, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.False(File.Exists(page));

        using var picture = new ByteArrayContent(File.ReadAllBytes(Directory.GetFiles(workspace.At("data"), "*.gif")[0]));
        using var kept = await http.PostAsync(new Uri(address, "start?name=mine.gif"), picture, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        Assert.Single(Directory.GetFiles(temporary, "mine.gif", SearchOption.AllDirectories));

        Pwsh.Terminate(process, signal);
        Pwsh.Finish(process);
        Assert.Empty(Directory.GetDirectories(temporary, "tinysora-*"));
    }

    private static CancellationToken StopWhen(string file, CancellationTokenSource stop)
    {
        Task.Run(() =>
        {
            while (!File.Exists(file))
            {
                Thread.Sleep(20);
            }

            stop.Cancel();
        });
        return stop.Token;
    }
}
