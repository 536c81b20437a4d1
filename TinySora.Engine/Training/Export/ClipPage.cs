using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Layers.Onnx;

namespace TinySora.Engine.Training.Export;

/// <summary>A self-contained web page that generates clips from prompts. It includes the network, weights, ONNX Runtime and sampling loop.</summary>
internal static partial class ClipPage
{
    private const string VocabularyKey = "task.vocabulary";

    /// <param name="graphs">The family's graphs with their metadata: the network and, for latent models, the decoder from latents to pixels.</param>
    /// <param name="runtime">See <see cref="WebRuntime.Open"/>.</param>
    /// <exception cref="TinySoraException">NoClipPage, CannotWrite; errors from <see cref="WebRuntime.Open"/>.</exception>
    public static void Write(
        string target, string checkpoint, IReadOnlyList<(NetworkGraph Network, OnnxGraph Graph)> graphs, string? runtime, bool overwrite,
        CancellationToken cancellationToken)
    {
        var (graph, decoder) = (graphs[0].Graph, graphs.FirstOrDefault(other => other.Network.Name == NetworkGraph.Decoder).Graph);
        var sampling = graph.Metadata.TryGetValue(NetworkGraph.SamplingKey, out var json) ? JsonNode.Parse(json) : null;
        var makesPixels = sampling?["limited"]?.GetValue<bool>() == true || decoder is not null;
        string[] inputs = [.. graph.Inputs.Select(input => input.Name)];
        if (!makesPixels || $"{sampling?["variance"]}" != "posterior" || sampling!["guided_channels"] is not null
            || inputs.Except(["x", "level", "tokens", "absent"]).Any() || (inputs.Contains("absent") && !inputs.Contains("tokens")))
        {
            throw CheckpointErrors.NoClipPage(checkpoint);
        }

        var web = WebRuntime.Open(runtime, cancellationToken);
        var about = new JsonObject { ["sampling"] = sampling, ["inputs"] = new JsonArray([.. inputs.Select(name => JsonValue.Create(name))]) };
        if (graph.Inputs.FirstOrDefault(input => input.Name == "tokens") is OnnxTensor tokens)
        {
            about["vocabulary"] = JsonNode.Parse(graph.Metadata[VocabularyKey]);
            about["tokens"] = tokens.shape[1];
        }

        var parts = new Dictionary<string, Func<string>>
        {
            ["about"] = () => about.ToJsonString(JsonSerializerOptions.Default), // Escapes <, which could otherwise end the script element.
            ["runtime"] = () => Packed(stream => stream.Write(web.Script)),
            ["binary"] = () => Packed(stream => stream.Write(web.Binary)),
            ["network"] = () => Packed(graph.Write),
            ["decoder"] = () => decoder is null ? "" : Packed(decoder.Write),
            ["script"] = () => Resource("clip-maker.js"),
        };
        AtomicFile.WriteStream(target, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            foreach (var piece in Place().Split(Resource("clip-maker.html")))
            {
                writer.Write(parts.TryGetValue(piece, out var part) ? part() : piece);
            }
        }, WeightFileErrors.CannotWrite, overwrite);
    }

    /// <summary>Returns the bytes that an action writes as text that the page can unpack: compressed with gzip and encoded as base64.</summary>
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
