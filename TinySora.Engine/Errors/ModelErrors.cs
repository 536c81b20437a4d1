namespace TinySora.Engine.Errors;

/// <summary>Errors in networks, text encoders and samplers.</summary>
public static class ModelErrors
{
    public static TinySoraException InputShape(IReadOnlyList<long> shape, int channels, int multiple) => new(
        "TinySora.Model.InputShape", ErrorKind.InvalidData, shape,
        $"The network received a tensor of shape ({string.Join(", ", shape)}); expected (clips, {channels}, frames, height, width) "
            + $"with height and width multiples of {multiple}.",
        "Set diffusion.height to such a multiple, and model.channels to the number of channels of the clips.");

    /// <param name="key">Key that makes the model too large.</param>
    /// <param name="what">What the memory is needed for.</param>
    /// <param name="bytes">Lower bound of the memory required.</param>
    public static TinySoraException TooLarge(string key, int value, string what, double bytes, long memory) => new(
        "TinySora.Model.TooLarge", ErrorKind.ResourceUnavailable, key,
        $"{what} take at least {Gigabytes(bytes)}, but this machine has {Gigabytes(memory)} of memory; {key} is {value}.",
        $"Reduce {key}; `Start-TinySoraTraining -WhatIf` reports the memory that a configuration needs.");

    public static TinySoraException LatentShape(IReadOnlyList<long> shape, int channels, int frames, int size) => new(
        "TinySora.Model.LatentShape", ErrorKind.InvalidData, shape,
        $"The transformer received a tensor of shape ({string.Join(", ", shape)}); expected (examples, {channels}, frames, height, width) "
            + $"with frames a multiple of {frames}, and height and width multiples of {size}.",
        "Use a frame count divisible by the codec's temporal stride times model.patch_frames, "
            + "and a size divisible by its spatial stride times model.patch_size.");

    public static TinySoraException SeveralSizes() => new(
        "TinySora.Model.SeveralSizes", ErrorKind.InvalidData, "model.architecture",
        "The data has clips of several sizes, so batches are padded. A unet, a dit with model.text_field, and diffusion.motion_weight require "
            + "clips of one size: they would treat the padding as part of the clip.",
        "Use another model.architecture, such as dit without model.text_field, with diffusion.motion_weight 0, or make all clips the same size.");

    public static TinySoraException NotDivisible(string what, long size, int stride) => new(
        "TinySora.Model.NotDivisible", ErrorKind.InvalidArgument, size,
        $"A clip of {size} {what} cannot be encoded: the model requires multiples of {stride}.",
        Text.DescribeNearestMultiples(size, stride));

    public static TinySoraException BlockTooSmall(int block, int needed, int height, int width) => new(
        "TinySora.Model.BlockTooSmall", ErrorKind.InvalidArgument, block,
        $"model.block_size is {block}, but with frames of {height} x {width} tokens, the context and the predicted tokens need {needed} positions.",
        $"Set model.block_size to {needed} or more, or model.use_1d_pos_emb to false.");

    public static TinySoraException TooManyCodes(int codes, int codec) => new(
        "TinySora.Model.TooManyCodes", ErrorKind.InvalidArgument, codes,
        $"model.codes is {codes}, but the autoencoder has {codec} codes.",
        $"Omit it, or set it to the largest token of the data plus one, at most {codec}.");

    public static TinySoraException LevelsDiffer(IEnumerable<int> levels, double product, int codes) => new(
        "TinySora.Model.LevelsDiffer", ErrorKind.InvalidArgument, levels,
        $"model.code_levels [{string.Join(", ", levels)}] give {product:0} codes, but there are {codes}.",
        "Set the levels of the autoencoder's channels, as in its configuration, or omit model.code_levels.");

    public static TinySoraException CodesDiffer(string path, int codes, int expected, int rows) => new(
        "TinySora.Model.CodesDiffer", ErrorKind.InvalidData, path,
        $"'{path}' has {rows} tokens (codes and special tokens), but model.codes {codes} requires {expected}.",
        "Omit model.codes, or set it to the number of codes that the weights were trained with.");

    public static TinySoraException OtherTokens(string clip, (int Frames, int Height, int Width) expected) => new(
        "TinySora.Model.OtherTokens", ErrorKind.InvalidData, clip,
        $"The clips near '{clip}' are not all {expected.Frames} x {expected.Height} x {expected.Width} tokens.",
        "Set the size of the clips in the section clip (frames, height and width times the codec's stride), and remove other clips.");

    public static TinySoraException LpipsFilesMissing(string vgg, string lpips) => new(
        "TinySora.Model.LpipsFilesMissing", ErrorKind.ObjectNotFound, File.Exists(vgg) ? lpips : vgg,
        $"LPIPS requires VGG-16 in '{vgg}' and its linear weights in '{lpips}'.",
        "Put torchvision's vgg16-397923af.pth and vgg.pth of LPIPS v0.1 there. Training reads their paths from loss.vgg_path and loss.lpips_path; with "
            + "loss.perceptual_weight: 0 (perceptual_weight: 0) it needs neither.");

    /// <param name="what">VGG-16, or its linear weights.</param>
    public static TinySoraException LpipsFileNamed(string what, string path) => new(
        "TinySora.Model.LpipsFileNamed", ErrorKind.ObjectNotFound, path,
        $"LPIPS requires {what}, but there is no file '{path}'.",
        "Specify torchvision's vgg16-397923af.pth with -VggPath and vgg.pth of LPIPS v0.1 with -LpipsPath, or omit -VggPath to skip LPIPS.");

    /// <param name="keys">Configuration keys for the folder and the encoder; <c>null</c> if the folder is not from a configuration.</param>
    public static TinySoraException EncoderFilesMissing(
        string encoder, string folder, IReadOnlyList<string> missing, (string Path, string Encoder)? keys) => new(
        "TinySora.Model.EncoderFilesMissing", ErrorKind.ObjectNotFound, folder,
        $"The text encoder '{encoder}' requires {string.Join(", ", missing)} in the folder '{folder}'.",
        "Put the encoder's files there in the Hugging Face layout"
            + (keys is var (path, kind) ? $", set {path} to their folder, or set {kind}: learned, which needs no files" : "")
            + ". A trained model also finds a folder of that name next to its checkpoint.");

    public static TinySoraException EncoderDamaged(string encoder, string folder, IEnumerable<string> vocabularyFiles, Exception inner) => new(
        "TinySora.Model.EncoderDamaged", ErrorKind.InvalidData, folder,
        $"The files of the text encoder '{encoder}' in '{folder}' do not form a valid encoder: {inner.Message}",
        $"Download the encoder's files again; {string.Join(", ", vocabularyFiles)}, config.json and the weights must belong to one model.", inner);

    public static TinySoraException CodecMissing(string path, string key)
    {
        var (preset, shipped) = key == "tokens.codec" ? ("shapes-fsq", "clips-fsq") : ("shapes-vae", "clips-vae");
        return new(
            "TinySora.Model.CodecMissing", ErrorKind.ObjectNotFound, path,
            $"The autoencoder '{path}' of {key} does not exist; it must be a local folder or checkpoint, since nothing is downloaded.",
            $"Train one first, for example with Start-TinySoraTraining {preset}, or use the bundled one: Start-TinySoraTraining "
                + $"-Set @{{ '{key}' = '{shipped}' }}. A model that was trained with it needs exactly this one: restore it, or put it next to the checkpoint.");
    }

    public static TinySoraException OtherCodec(string path, string key) => new(
        "TinySora.Model.OtherCodec", ErrorKind.InvalidData, path,
        $"The autoencoder '{path}' is not the one whose latents this model was trained on.",
        $"Set {key} to the checkpoint that was used in training, or put that checkpoint next to this one.");

    public static TinySoraException TeacherMissing(string path) => new(
        "TinySora.Model.TeacherMissing", ErrorKind.ObjectNotFound, path,
        $"The teacher '{path}' of diffusion.teacher does not exist; it must be a checkpoint or a run's folder, and is needed until training ends.",
        "Train it first, for example with Start-TinySoraTraining shapes-lean, or restore it. Then set diffusion.teacher to its path, "
            + "as in Start-TinySoraTraining -Set @{ 'diffusion.teacher' = 'folder' }.");

    public static TinySoraException OtherTeacher(string path, IReadOnlyList<string> differences) => new(
        "TinySora.Model.OtherTeacher", ErrorKind.InvalidData, path,
        $"The model in '{path}' cannot be the teacher of this one: {string.Join("; ", differences)}.",
        "Give this model the same network, clips, vocabulary, noise levels and autoencoder, or set diffusion.teacher to another checkpoint.");

    /// <param name="found">First characters of the hash that was found; <paramref name="trained"/> has the same form.</param>
    public static TinySoraException OtherLatents(string found, string trained) => new(
        "TinySora.Model.OtherLatents", ErrorKind.InvalidData, found,
        $"The data was encoded with the autoencoder {found}, but this model was trained on latents of {trained}.",
        "Train it on data of that autoencoder, or train a new model on this data with Start-TinySoraTraining -Force.");

    public static TinySoraException UnknownClass(string prompt, IReadOnlyList<string> classes) => new(
        "TinySora.Model.UnknownClass", ErrorKind.InvalidArgument, prompt,
        $"The model has no class '{prompt}'.",
        $"Its classes are {string.Join(", ", classes)}.");

    public static TinySoraException TooManyClasses(int found, int classes) => new(
        "TinySora.Model.TooManyClasses", ErrorKind.InvalidData, found,
        $"The captions of the data contain {found} classes, but model.num_classes is {classes}.",
        $"Set model.num_classes to {found}, or train on clips of fewer classes. Each distinct caption is a class.");

    public static TinySoraException NoStates() => new(
        "TinySora.Model.NoStates", ErrorKind.InvalidData, "text.encoder",
        "The model reads text states from the data (text.encoder none), but this data has none.",
        "Train on Arrow parts written by Export-TinySoraDataset, or set text.encoder to learned, clip or bert.");

    public static TinySoraException StatesWidth(long found, int expected, bool hasEncoder) => new(
        "TinySora.Model.StatesWidth", ErrorKind.InvalidData, found,
        $"The data has text states of width {found}, but the model takes width {expected}.",
        hasEncoder ? "Set text.encoder and text.path to the encoder that made them, or train on clips with captions."
            : $"Set text.width to {found}.");

    public static TinySoraException PromptsNeedEncoder() => new(
        "TinySora.Model.PromptsNeedEncoder", ErrorKind.InvalidOperation, "text.encoder",
        "The model was trained on text states and has no encoder for prompts.",
        "Set the encoder that made the states when resuming: Start-TinySoraTraining -Set @{ 'text.encoder' = 'clip'; 'text.path' = 'folder' }.");

    public static TinySoraException PromptCropped(string prompt, int tokens, int most) => new(
        "TinySora.Model.PromptCropped", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' has {tokens} tokens, but the model reads at most {most}.",
        "Shorten it, or train a model with a larger text.max_tokens.");

    public static TinySoraException NotWholePatches(string what, int size, int unit) => new(
        "TinySora.Model.NotWholePatches", ErrorKind.InvalidArgument, size,
        $"The model cannot generate clips of {size} {what}: the autoencoder and the network require multiples of {unit}.",
        Text.DescribeNearestMultiples(size, unit));

    public static TinySoraException OtherEncoder(string folder) => new(
        "TinySora.Model.OtherEncoder", ErrorKind.InvalidData, folder,
        $"The text encoder in '{folder}' is not the one that this model was trained with.",
        "Put the files that were used in training there, or put their folder next to the checkpoint.");

    public static TinySoraException VocabularyMissing(string key) => new(
        "TinySora.Model.VocabularyMissing", ErrorKind.InvalidData, key,
        $"The checkpoint has no readable vocabulary for its learned text encoder (metadata key '{key}').",
        "Use a complete checkpoint written by TinySora, or train again.");

    public static TinySoraException DescriptionDamaged(string key, string text, string expected) => new(
        "TinySora.Model.DescriptionDamaged", ErrorKind.InvalidData, key,
        $"The metadata of the model's file has {Text.Quote(text)} for '{key}'; expected a JSON list of {expected}.",
        "Copy the file again, or use an earlier checkpoint (Get-TinySoraCheckpoint lists them).");

    public static TinySoraException UnknownSampler(string name, IEnumerable<string> known) => new(
        "TinySora.Model.UnknownSampler", ErrorKind.InvalidArgument, name,
        $"There is no sampler '{name}'.",
        $"Use one of {string.Join(", ", known)}.");

    public static TinySoraException StepsOutOfRange(int steps, int timesteps) => new(
        "TinySora.Model.StepsOutOfRange", ErrorKind.InvalidArgument, steps,
        $"{steps} sampling steps were requested, but there are only {timesteps} timesteps.",
        $"Use 1 to {timesteps} steps.");

    public static TinySoraException EtaUnused(string sampler) => new(
        "TinySora.Model.EtaUnused", ErrorKind.InvalidArgument, sampler,
        $"The sampler {sampler} does not use eta.",
        "Omit eta, or use the sampler ddim.");

    public static TinySoraException EtaOutOfRange(double eta) => new(
        "TinySora.Model.EtaOutOfRange", ErrorKind.InvalidArgument, eta,
        FormattableString.Invariant($"eta is {eta}, but must be from 0 to 1."),
        "Use a number from 0 (deterministic) to 1 (as much new noise as ddpm).");

    public static TinySoraException WeightsNeedMean(string prompt, string vector) => new(
        "TinySora.Model.WeightsNeedMean", ErrorKind.InvalidArgument, prompt,
        $"Weights on parts of '{prompt}' have no effect: this model takes {vector}, which is not a mean over tokens.",
        "Remove the weights, or train a model with a learned text encoder or with the mean of BERT's vectors. "
            + "For literal parentheses, write \\( and \\).");

    public static TinySoraException TakesNoText(string parameter) => new(
        "TinySora.Model.TakesNoText", ErrorKind.InvalidArgument, parameter,
        $"{parameter} was given, but this model was trained without text.",
        $"Omit {parameter}, or use a model with a text encoder.");

    public static TinySoraException TakesNoVectors() => new(
        "TinySora.Model.TakesNoVectors", ErrorKind.InvalidArgument, "Condition",
        "A condition vector was given, but this model does not take one: it uses prompts or is unconditional.",
        "Omit the vector, or use a model trained with condition vectors.");

    public static TinySoraException VectorWidth(int width, int expected) => new(
        "TinySora.Model.VectorWidth", ErrorKind.InvalidArgument, width,
        $"A condition vector of {width} numbers was given, but this model takes {expected} finite numbers (model.cond_dim).",
        $"Give {expected} numbers.");

    private static string Gigabytes(double bytes) => FormattableString.Invariant($"{bytes / 1e9:#,##0.0} GB");
}
