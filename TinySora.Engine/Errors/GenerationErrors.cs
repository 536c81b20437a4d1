namespace TinySora.Engine.Errors;

/// <summary>Failures of turning a prompt into a video file.</summary>
public static class GenerationErrors
{
    public static TinySoraException EmptyPrompt() => new(
        "TinySora.Generation.EmptyPrompt", ErrorKind.InvalidArgument, "Prompt",
        "The prompt is empty.",
        "Say with -Prompt what the video shall show, for example 'a red circle moving right'.");

    public static TinySoraException NoClass(IReadOnlyList<string> classes) => new(
        "TinySora.Generation.NoClass", ErrorKind.InvalidArgument, "Prompt",
        $"This model takes the name of a class as its prompt, and none was given. It knows {Text.Some(classes)}.",
        "Name one of its classes with -Prompt.");

    public static TinySoraException NoWords(string prompt) => new(
        "TinySora.Generation.NoWords", ErrorKind.InvalidArgument, prompt,
        $"The prompt '{prompt}' holds nothing but punctuation.",
        "Say in words what the video shall show, for example 'a red circle moving right'.");

    public static TinySoraException NoCondition(int width) => new(
        "TinySora.Generation.NoCondition", ErrorKind.InvalidArgument, "Condition",
        $"This model takes a vector of {width} numbers in place of a prompt, and none was given.",
        $"Give it with -Condition, {width} numbers as in the NAME.npy files that the model was trained with.");

    /// <param name="position">Of the parenthesis, counted from 0.</param>
    public static TinySoraException UnpairedParenthesis(string prompt, int position) => new(
        "TinySora.Generation.UnpairedParenthesis", ErrorKind.InvalidArgument, prompt,
        $"The parenthesis at character {position + 1} of the prompt '{prompt}' has no partner.",
        "Weigh words as in 'a (red:1.4) circle', and write \\( and \\) for plain parentheses.");

    /// <param name="position">Of the opening parenthesis, counted from 0.</param>
    public static TinySoraException BadWeight(string prompt, string weight, int position, float most) => new(
        "TinySora.Generation.BadWeight", ErrorKind.InvalidArgument, prompt,
        $"'{weight}' is no weight for the parenthesis at character {position + 1} of the prompt '{prompt}'; "
        + $"expected a number from 0 to {most} with a decimal point, such as 1.4.",
        "Correct the number, or write \\( and \\) for plain parentheses.");

    public static TinySoraException BadCount(int count) => new(
        "TinySora.Generation.BadCount", ErrorKind.InvalidArgument, count,
        $"-Count is {count}; at least one video must be asked for.",
        "Give -Count 1 or more.");

    public static TinySoraException BadGuidance(double scale) => new(
        "TinySora.Generation.BadGuidance", ErrorKind.InvalidArgument, scale,
        $"The guidance scale is {scale}; a finite number is needed.",
        "Take for example 2; 1 is without guidance.");

    public static TinySoraException NotTaken(string setting, IEnumerable<string> taken) => new(
        "TinySora.Generation.NotTaken", ErrorKind.InvalidArgument, setting,
        $"The model takes no -{setting}; it takes {List(taken)}.",
        $"Leave -{setting} out, or name the checkpoint of another model.");

    public static TinySoraException BadSetting(string setting, string value, string expected) => new(
        "TinySora.Generation.BadSetting", ErrorKind.InvalidArgument, value,
        $"-{setting} is '{value}'; expected {expected}.",
        $"Correct -{setting}, or leave it out.");

    public static TinySoraException MakesNoVideos(string checkpoint, string family) => new(
        "TinySora.Generation.MakesNoVideos", ErrorKind.InvalidArgument, checkpoint,
        $"The model in '{checkpoint}' is of the family {family}, which makes no videos by itself.",
        "Name the checkpoint of a model that does.");

    public static TinySoraException PromptTooLong(int most) => new(
        "TinySora.Generation.PromptTooLong", ErrorKind.InvalidArgument, "Prompt",
        $"The prompt is too long: with its settings it must fit {most} characters inside the video.",
        "Give a shorter prompt; a text encoder reads no more than a few hundred words.");

    public static TinySoraException BadBatch(int length, int index, int most) => new(
        "TinySora.Generation.BadBatch", ErrorKind.InvalidArgument, length,
        $"There is no video {index} in a batch of {length}; a batch has 1 to {most}, counted from 0.",
        "Pipe in a recipe as Get-TinySoraRecipe reads it, or leave out its BatchLength and BatchIndex.");

    public static TinySoraException NoRecipe(string path) => new(
        "TinySora.Generation.NoRecipe", ErrorKind.ObjectNotFound, path,
        $"'{path}' holds no recipe.",
        "Name a file that Invoke-TinySoraGenerate wrote; other programs drop the recipe when they save or convert it.");

    public static TinySoraException NewerRecipe(string path, int version, int known) => new(
        "TinySora.Generation.NewerRecipe", ErrorKind.InvalidData, path,
        $"The recipe in '{path}' has version {version}; this TinySora reads version {known}.",
        "Update TinySora.");

    public static TinySoraException DamagedRecipe(string path, string reason) => new(
        "TinySora.Generation.DamagedRecipe", ErrorKind.InvalidData, path,
        $"The recipe in '{path}' cannot be read: {reason}.",
        "Use an untouched copy of the file.");

    public static TinySoraException OtherModel(string checkpoint, string found, string expected) => new(
        "TinySora.Generation.OtherModel", ErrorKind.InvalidData, checkpoint,
        $"'{checkpoint}' is not the model of the recipe: its hash is {found}, the recipe's {expected}.",
        "Name the right checkpoint with -Checkpoint; one that is named is used in any case, with a warning where the hashes differ.");

    public static TinySoraException ModelGone(string checkpoint, string folders) => new(
        "TinySora.Generation.ModelGone", ErrorKind.ObjectNotFound, checkpoint,
        $"The recipe's checkpoint '{checkpoint}' is not in a run in {folders}.",
        "Name its folder, or the file under its present name, with -Checkpoint.");

    public static TinySoraException MixOutOfRange(double mix) => new(
        "TinySora.Generation.MixOutOfRange", ErrorKind.InvalidArgument, mix,
        FormattableString.Invariant($"The mix of two clips is {mix}."),
        "Give 0 (the first) to 1 (the second).");

    public static TinySoraException InterpolationNoise(double share) => new(
        "TinySora.Generation.InterpolationNoise", ErrorKind.InvalidArgument, share,
        FormattableString.Invariant($"The share of noise to go between two clips with is {share}."),
        "Give more than 0 (a cross-fade of the two), at most 1 (next to nothing is left of them).");

    public static TinySoraException VariationNoise(double share) => new(
        "TinySora.Generation.VariationNoise", ErrorKind.InvalidArgument, share,
        FormattableString.Invariant($"The share of noise to begin with a picture or clip is {share}."),
        "Give -Noise 0 (the clip as it is) to 1 (nothing of it).");

    public static TinySoraException OtherClip(string path, string found, string expected) => new(
        "TinySora.Generation.OtherClip", ErrorKind.InvalidData, path,
        $"'{path}' is not the clip of the recipe: the hash of its content is {found}, the recipe's {expected}.",
        "Name the right clip with -From or -To; one that is named is used in any case.");

    public static TinySoraException UnknownFormat(string format, IEnumerable<string> known) => new(
        "TinySora.Generation.UnknownFormat", ErrorKind.InvalidArgument, format,
        $"'{format}' is no output format; known are {string.Join(", ", known)}.",
        "Give one of them with -Format, or as the ending of -OutputPath; a folder of such a name must be there before.");

    public static TinySoraException BadName(string name) => new(
        "TinySora.Generation.BadName", ErrorKind.InvalidArgument, name,
        $"'{name}' cannot be a file name: it must name no folder and be no reserved name.",
        "Give a plain name with -OutputName and the folder with -OutputPath.");

    public static TinySoraException OutputExists(string path, bool isThere = true) => new(
        "TinySora.Generation.OutputExists", ErrorKind.ResourceExists, path,
        isThere ? $"'{path}' exists already." : $"'{path}' is what another prompt of the same call is to be written to.",
        "Name another file, or overwrite it with -Force.");

    public static TinySoraException CannotWrite(string path, Exception inner) => new(
        "TinySora.Generation.CannotWrite", ErrorKind.WriteError, path,
        $"'{path}' cannot be written: {inner.Message}",
        "Name a folder that you may write to with -OutputPath.", inner);

    /// <param name="path">Of the first video that was not written.</param>
    public static TinySoraException DiskFull(string path, Exception inner) => new(
        "TinySora.Generation.DiskFull", ErrorKind.WriteError, path,
        $"The disk is full: '{path}' could not be written, and no further video was made.",
        "Free some space, then run the same line again: with -Seed, and without -Force, it makes the videos that are not there yet.", inner);

    private static string List(IEnumerable<string> names) => names.ToList() is { Count: > 0 } all ? string.Join(", ", all.Select(name => "-" + name)) : "none";
}
