namespace TinySora.Engine.Errors;

/// <summary>Errors in generating videos from prompts.</summary>
public static class GenerationErrors
{
    public static TinySoraException EmptyPrompt() => new(
        "TinySora.Generation.EmptyPrompt", ErrorKind.InvalidArgument, "Prompt",
        "The prompt is empty.",
        "Describe the video with -Prompt, for example 'a red circle moving right'.");

    public static TinySoraException NoClass(IReadOnlyList<string> classes) => new(
        "TinySora.Generation.NoClass", ErrorKind.InvalidArgument, "Prompt",
        $"This model requires a class name as its prompt, but the prompt is empty. Its classes are {Text.JoinLimited(classes)}.",
        "Specify one of these classes with -Prompt.");

    public static TinySoraException NoWords(string prompt) => new(
        "TinySora.Generation.NoWords", ErrorKind.InvalidArgument, prompt,
        $"The prompt '{prompt}' contains only punctuation.",
        "Describe the video in words, for example 'a red circle moving right'.");

    public static TinySoraException NoCondition(int width) => new(
        "TinySora.Generation.NoCondition", ErrorKind.InvalidArgument, "Condition",
        $"This model requires a vector of {width} numbers instead of a prompt, but no vector was specified.",
        $"Specify the vector with -Condition: {width} numbers, like those in the NAME.npy files that the model was trained on.");

    /// <param name="position">Position of the parenthesis, counted from 0.</param>
    public static TinySoraException UnpairedParenthesis(string prompt, int position) => new(
        "TinySora.Generation.UnpairedParenthesis", ErrorKind.InvalidArgument, prompt,
        $"The parenthesis at character {position + 1} of the prompt '{prompt}' is unbalanced.",
        "Write weighted words as in 'a (red:1.4) circle', and literal parentheses as \\( and \\).");

    /// <param name="position">Position of the opening parenthesis, counted from 0.</param>
    public static TinySoraException BadWeight(string prompt, string weight, int position, float most) => new(
        "TinySora.Generation.BadWeight", ErrorKind.InvalidArgument, prompt,
        $"'{weight}' is not a valid weight for the parenthesis at character {position + 1} of the prompt '{prompt}'; "
        + $"expected a number from 0 to {most} with a decimal point, such as 1.4.",
        "Correct the number, or write \\( and \\) for literal parentheses.");

    public static TinySoraException BadCount(int count) => new(
        "TinySora.Generation.BadCount", ErrorKind.InvalidArgument, count,
        $"-Count is {count}, but must be at least 1.",
        "Set -Count to 1 or more.");

    public static TinySoraException BadGuidance(double scale) => new(
        "TinySora.Generation.BadGuidance", ErrorKind.InvalidArgument, scale,
        $"The guidance scale is {scale}, but must be a finite number.",
        "Set the guidance scale to a number such as 2; a value of 1 disables guidance.");

    public static TinySoraException NotTaken(string setting, IEnumerable<string> taken) => new(
        "TinySora.Generation.NotTaken", ErrorKind.InvalidArgument, setting,
        $"The model does not support -{setting}; it supports {List(taken)}.",
        $"Omit -{setting}, or specify the checkpoint of another model.");

    public static TinySoraException BadSetting(string setting, string value, string expected) => new(
        "TinySora.Generation.BadSetting", ErrorKind.InvalidArgument, value,
        $"-{setting} is '{value}'; expected {expected}.",
        $"Correct -{setting}, or omit it.");

    public static TinySoraException MakesNoVideos(string checkpoint, string family) => new(
        "TinySora.Generation.MakesNoVideos", ErrorKind.InvalidArgument, checkpoint,
        $"The model in '{checkpoint}' belongs to the family {family}, which does not generate videos by itself.",
        "Specify the checkpoint of a model that generates videos.");

    public static TinySoraException PromptTooLong(int most) => new(
        "TinySora.Generation.PromptTooLong", ErrorKind.InvalidArgument, "Prompt",
        $"The prompt is too long: the prompt and the settings must fit into {most} characters of the video's metadata.",
        "Shorten the prompt; text encoders read at most a few hundred tokens.");

    public static TinySoraException BadBatch(int length, int index, int most) => new(
        "TinySora.Generation.BadBatch", ErrorKind.InvalidArgument, length,
        $"There is no video {index} in a batch of {length}; a batch has 1 to {most} videos, counted from 0.",
        "Use a recipe exactly as Get-TinySoraRecipe returns it, or remove BatchLength and BatchIndex from the recipe.");

    public static TinySoraException NoRecipe(string path) => new(
        "TinySora.Generation.NoRecipe", ErrorKind.ObjectNotFound, path,
        $"'{path}' does not contain a recipe.",
        "Specify a file written by Invoke-TinySoraGenerate. Other programs remove the recipe when they save or convert a file.");

    public static TinySoraException NewerRecipe(string path, int version, int known) => new(
        "TinySora.Generation.NewerRecipe", ErrorKind.InvalidData, path,
        $"The recipe in '{path}' has version {version}, but this version of TinySora reads only version {known}.",
        "Update TinySora.");

    public static TinySoraException DamagedRecipe(string path, string reason) => new(
        "TinySora.Generation.DamagedRecipe", ErrorKind.InvalidData, path,
        $"The recipe in '{path}' cannot be read: {reason}.",
        "Use an unmodified copy of the file.");

    public static TinySoraException OtherModel(string checkpoint, string found, string expected) => new(
        "TinySora.Generation.OtherModel", ErrorKind.InvalidData, checkpoint,
        $"'{checkpoint}' is not the model that the recipe was created with: its hash is {found}, but the recipe contains the hash {expected}.",
        "Specify the correct checkpoint with -Checkpoint. A checkpoint specified this way is used even if its hash differs, but a warning is shown.");

    public static TinySoraException ModelGone(string checkpoint, string folders) => new(
        "TinySora.Generation.ModelGone", ErrorKind.ObjectNotFound, checkpoint,
        $"The recipe's checkpoint '{checkpoint}' was not found in any run folder in {folders}.",
        "If the checkpoint was moved or renamed, specify its folder or file with -Checkpoint.");

    public static TinySoraException MixOutOfRange(double mix) => new(
        "TinySora.Generation.MixOutOfRange", ErrorKind.InvalidArgument, mix,
        FormattableString.Invariant($"The weight of the second clip (-Mix) is {mix}, but must be from 0 to 1."),
        "Set -Mix to 0 for only the first clip, to 1 for only the second clip, or to a number in between.");

    public static TinySoraException InterpolationNoise(double share) => new(
        "TinySora.Generation.InterpolationNoise", ErrorKind.InvalidArgument, share,
        FormattableString.Invariant($"The amount of noise for interpolating between two clips is {share}, but must be greater than 0 and at most 1."),
        "Set -Noise to a small number for a cross-fade; a value of 1 leaves almost no trace of the clips.");

    public static TinySoraException VariationNoise(double share) => new(
        "TinySora.Generation.VariationNoise", ErrorKind.InvalidArgument, share,
        FormattableString.Invariant($"The amount of noise added to the initial image or clip is {share}, but must be from 0 to 1."),
        "Set -Noise to a number from 0 (leaves the clip unchanged) to 1 (replaces it entirely).");

    public static TinySoraException OtherClip(string path, string found, string expected) => new(
        "TinySora.Generation.OtherClip", ErrorKind.InvalidData, path,
        $"'{path}' is not the clip that the recipe was created with: the hash of its content is {found}, but the recipe contains the hash {expected}.",
        "Specify the correct clip with -From or -To. A clip specified this way is used even if its hash differs.");

    public static TinySoraException UnknownFormat(string format, IEnumerable<string> known) => new(
        "TinySora.Generation.UnknownFormat", ErrorKind.InvalidArgument, format,
        $"'{format}' is not an output format; supported formats are {string.Join(", ", known)}.",
        "Set the format with -Format, or with the extension of the file in -OutputPath. If -OutputPath is meant to be a folder, create the folder first.");

    public static TinySoraException BadName(string name) => new(
        "TinySora.Generation.BadName", ErrorKind.InvalidArgument, name,
        $"'{name}' is not a valid file name. A file name must not be empty or reserved, and must not contain folders or invalid characters.",
        "Set the file name with -OutputName and the folder with -OutputPath.");

    public static TinySoraException OutputExists(string path, bool isThere = true) => new(
        "TinySora.Generation.OutputExists", ErrorKind.ResourceExists, path,
        isThere ? $"'{path}' already exists." : $"'{path}' is also the output of another prompt in this command.",
        isThere ? "Specify another file, or overwrite it with -Force." : "Specify a different file for each prompt.");

    public static TinySoraException CannotWrite(string path, Exception inner) => new(
        "TinySora.Generation.CannotWrite", ErrorKind.WriteError, path,
        $"'{path}' cannot be written: {inner.Message}",
        "With -OutputPath, specify a folder that you can write to.", inner);

    /// <param name="path">Path of the first video that could not be written.</param>
    public static TinySoraException DiskFull(string path, Exception inner) => new(
        "TinySora.Generation.DiskFull", ErrorKind.WriteError, path,
        $"The disk is full: '{path}' could not be written, and no more videos were generated.",
        "Free disk space, then run the same command again. With -Seed and without -Force, the command generates only the missing videos.", inner);

    private static string List(IEnumerable<string> names) => names.ToList() is { Count: > 0 } all ? string.Join(", ", all.Select(name => "-" + name)) : "none";
}
