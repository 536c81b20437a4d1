using System.Globalization;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Latents;

/// <summary>
/// Names of minisora's .npy files: <c>DATASET__MODEL_latents_32frames_train.npy</c>, with <c>_tokens_</c> in place of <c>_latents_</c> for tokens.
/// </summary>
internal static partial class LatentName
{
    public static string Of(string dataset, string modelId, LatentKind kind, int frames, string split) =>
        $"{dataset}__{modelId}_{(kind == LatentKind.Tokens ? "tokens" : "latents")}_{frames}frames_{split}.npy";

    /// <summary>Parses a file name into the model ID, the kind of latents and the number of frames per clip.</summary>
    /// <exception cref="TinySoraException">Nameless.</exception>
    public static (string ModelId, LatentKind Kind, int Frames) Read(string path)
    {
        var name = Form().Match(Path.GetFileName(path));
        return name.Success
            ? (name.Groups["id"].Value, name.Groups["kind"].Value == "tokens" ? LatentKind.Tokens : LatentKind.Latents,
                int.Parse(name.Groups["frames"].Value, CultureInfo.InvariantCulture))
            : throw LatentErrors.Nameless(path);
    }

    /// <summary>Returns whether a file name has the form of a latent file name.</summary>
    public static bool IsOne(string path) => Form().IsMatch(Path.GetFileName(path));

    /// <summary>
    /// Returns the part of a model name such as user/project/model:v3 between the last slash and the colon, or the whole name if it contains neither.
    /// </summary>
    public static string IdOf(string modelName) => modelName.Split('/')[^1].Split(':')[0];

    [GeneratedRegex(@"^.+__(?<id>.+)_(?<kind>latents|tokens)_(?<frames>\d{1,9})frames_\w+\.npy$")]
    private static partial Regex Form();
}
