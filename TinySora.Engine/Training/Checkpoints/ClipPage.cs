using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Interop;
using TinySora.Engine.Interop.Onnx;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>A page that makes clips of prompts in any browser: network, weights, ONNX Runtime and sampling loop in one file that asks no server.</summary>
internal static partial class ClipPage
{
    private const string VocabularyKey = "task.vocabulary";

    /// <param name="graph">Written by the family, with its metadata.</param>
    /// <param name="runtime">See <see cref="WebRuntime.Open"/>.</param>
    /// <exception cref="TinySoraException">NoClipPage, CannotWrite; as <see cref="WebRuntime.Open"/>.</exception>
    public static void Write(string target, string checkpoint, OnnxGraph graph, string? runtime)
    {
        var sampling = graph.Metadata.TryGetValue(NetworkGraph.SamplingKey, out var json) ? JsonNode.Parse(json) : null;
        var makesPixels = sampling?["limited"]?.GetValue<bool>() == true && $"{sampling["variance"]}" == "posterior";
        if (!makesPixels || graph.Inputs.Except(["x", "level", "tokens"]).Any())
        {
            throw CheckpointErrors.NoClipPage(checkpoint);
        }

        var web = WebRuntime.Open(runtime);
        var about = new JsonObject { ["sampling"] = sampling };
        if (graph.Inputs.Contains("tokens"))
        {
            about["vocabulary"] = JsonNode.Parse(graph.Metadata[VocabularyKey]);
        }

        var parts = new Dictionary<string, Func<string>>
        {
            ["about"] = () => about.ToJsonString(JsonSerializerOptions.Default), // escapes <, which would end the script
            ["runtime"] = () => Packed(stream => stream.Write(web.Script)),
            ["binary"] = () => Packed(stream => stream.Write(web.Binary)),
            ["network"] = () => Packed(graph.Write),
            ["script"] = () => Resource("clip-maker.js"),
        };
        AtomicFile.WriteDurably(target, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            foreach (var piece in Place().Split(Resource("clip-maker.html")))
            {
                writer.Write(parts.TryGetValue(piece, out var part) ? part() : piece);
            }
        }, WeightFileErrors.CannotWrite);
    }

    /// <summary>Bytes as text for a page, which unpacks them: base64 of what gzip makes of them.</summary>
    private static string Packed(Action<Stream> write)
    {
        using var bytes = new MemoryStream();
        using (var packed = new GZipStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            write(packed);
        }

        return Convert.ToBase64String(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(ClipPage).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Place();
}
