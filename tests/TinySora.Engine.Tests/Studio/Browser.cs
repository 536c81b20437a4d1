using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using TinySora.Engine.Tests.Runs;

namespace TinySora.Engine.Tests.Studio;

/// <summary>A headless browser that stays open, types and evaluates expressions on a page (Chrome DevTools protocol).</summary>
internal sealed class Browser : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string profile;
    private readonly Process process;
    private readonly ClientWebSocket socket = new();
    private int last;

    public Browser()
    {
        Assert.SkipWhen(Chromium.Path is null, "Chromium is not on the PATH.");
        profile = Directory.CreateTempSubdirectory("tinysora-browser-").FullName;
        process = Process.Start(new ProcessStartInfo(Chromium.Path!,
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
            "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
        ]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var port = Eventually(() => File.Exists(Path.Combine(profile, "DevToolsActivePort")) ? File.ReadLines(Path.Combine(profile, "DevToolsActivePort")).FirstOrDefault() : null);
        using var http = new HttpClient();
        var page = Eventually(() => JsonNode.Parse(http.GetStringAsync($"http://127.0.0.1:{port}/json/list").Result)!.AsArray().FirstOrDefault(target => $"{target!["type"]}" == "page"));
        socket.ConnectAsync(new Uri($"{page["webSocketDebuggerUrl"]}"), CancellationToken.None).Wait(Patience);
    }

    /// <summary>Polls until a value is not null; a page cannot report it otherwise.</summary>
    public static T Eventually<T>(Func<T?> look)
        where T : class
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; Thread.Sleep(20))
        {
            if (look() is T there)
            {
                return there;
            }
        }

        throw new TimeoutException("The value did not appear in time.");
    }

    public void Open(Uri address, int width = 1100, int height = 900, bool dark = false, bool movesLess = false)
    {
        Send("Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 500 });
        Send("Emulation.setEmulatedMedia", new()
        {
            ["features"] = new JsonArray(
                new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" },
                new JsonObject { ["name"] = "prefers-reduced-motion", ["value"] = movesLess ? "reduce" : "" }),
        });
        Send("Page.navigate", new() { ["url"] = address.AbsoluteUri });
    }

    /// <summary>Returns the value of a JavaScript expression as text.</summary>
    public string Evaluate(string expression)
    {
        var answer = Send("Runtime.evaluate", new() { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        Assert.True(answer["exceptionDetails"] is null, $"{expression}: {answer["exceptionDetails"]}");
        return $"{answer["result"]!["value"]}";
    }

    /// <summary>Waits until an expression is true.</summary>
    public void Until(string expression)
    {
        try
        {
            Eventually(() => Send("Runtime.evaluate", new() { ["expression"] = $"!!({expression})", ["returnByValue"] = true })["result"]?["value"]?.ToString() == "true" ? "" : null);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The expression did not become true: {expression}\n{Evaluate("document.body.innerText")}");
        }
    }

    /// <summary>Types text, key by key, into the focused element.</summary>
    public void Type(string text)
    {
        foreach (var character in text)
        {
            Send("Input.dispatchKeyEvent", new() { ["type"] = "keyDown", ["text"] = $"{character}", ["key"] = $"{character}" });
            Send("Input.dispatchKeyEvent", new() { ["type"] = "keyUp", ["key"] = $"{character}" });
        }
    }

    /// <summary>Presses a key that types no text, such as Tab, ArrowRight or Enter.</summary>
    public void Press(string key, int code)
    {
        var press = new JsonObject { ["type"] = "keyDown", ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code };
        if (key == "Enter")
        {
            press["text"] = "\r";
        }

        Send("Input.dispatchKeyEvent", press);
        Send("Input.dispatchKeyEvent", new() { ["type"] = "keyUp", ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code });
    }

    /// <summary>Saves a picture of the page as NAME.png in the folder that TINYSORA_PICTURES names, if it is set.</summary>
    public void Save(string name)
    {
        if (Environment.GetEnvironmentVariable("TINYSORA_PICTURES") is string folder)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{name}.png"), Photograph());
        }
    }

    public byte[] Photograph(bool whole = true) =>
        Convert.FromBase64String($"{Send("Page.captureScreenshot", new() { ["format"] = "png", ["captureBeyondViewport"] = whole })["data"]}");

    public void Dispose()
    {
        socket.Dispose();
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        Directory.Delete(profile, recursive: true);
    }

    public JsonNode Send(string method, JsonObject parameters)
    {
        var id = ++last;
        var message = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters });
        socket.SendAsync(message, WebSocketMessageType.Text, true, CancellationToken.None).Wait(Patience);
        while (true)
        {
            var answer = JsonNode.Parse(Receive())!;
            if (answer["id"]?.GetValue<int>() == id)
            {
                return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer["error"]}");
            }
        }
    }

    private byte[] Receive()
    {
        using var whole = new MemoryStream();
        var part = new byte[1 << 16];
        while (true)
        {
            var task = socket.ReceiveAsync(part, CancellationToken.None);
            Assert.True(task.Wait(Patience), "The browser does not respond.");
            whole.Write(part, 0, task.Result.Count);
            if (task.Result.EndOfMessage)
            {
                return whole.ToArray();
            }
        }
    }
}
