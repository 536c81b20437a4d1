namespace TinySora.Engine.Errors;

/// <summary>What can go wrong with latents and tokens of clips, and with the files that hold them.</summary>
public static class LatentErrors
{
    public static TinySoraException NoCodec(string path, string family) => new(
        "TinySora.Latent.NoCodec", ErrorKind.InvalidArgument, path,
        $"'{path}' is of the family {family}, which makes no latents of clips.",
        "Name the checkpoint of an autoencoder with -Checkpoint.");

    public static TinySoraException TooShort(string path, int frames, int wanted) => new(
        "TinySora.Latent.TooShort", ErrorKind.InvalidData, path,
        $"'{path}' has {frames} frames, fewer than the {wanted} that are encoded.",
        "Take a longer clip, or encode fewer frames with -Frames.");
}
