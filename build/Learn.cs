namespace TinySora.Build;

/// <summary>Repeats a row in dev/log.md: trains a recipe with several seeds and measures the models, with a script that users can also run.</summary>
internal sealed class Learn
{
    private const string Out = "out/learn";
    private readonly Options options;

    /// <exception cref="BuildFailed">The recipe does not exist.</exception>
    internal Learn(Options options)
    {
        this.options = options;
        var recipes = Directory.GetFiles(Shell.At("examples", "learn"), "*.psd1").Select(Path.GetFileNameWithoutExtension).Order().ToList();
        if (!recipes.Contains(options.Recipe))
        {
            throw new BuildFailed($"learn requires the name of a recipe in examples/learn, which is one of: {string.Join(", ", recipes)}.", 2);
        }
    }

    internal void Run()
    {
        var recipe = File.ReadAllText(Shell.At("examples", "learn", $"{options.Recipe}.psd1"));
        if (recipe.Contains("Films", StringComparison.Ordinal) && !Directory.Exists(Shell.At(Out, "films")) && Demo.FetchVideos() is string films)
        {
            Directory.CreateDirectory(Shell.At(Out));
            File.Delete(Shell.At(Out, "films")); // a link to a deleted folder
            Directory.CreateSymbolicLink(Shell.At(Out, "films"), Shell.At(films));
        }

        Demo.Type($"./examples/learn.ps1 {options.Recipe} -Seeds {options.Seeds} -Path {Out}{(options.Tune ? " -Tune" : "")}");
        Console.WriteLine($"The row for dev/log.md is in {Out}/{options.Recipe}.");
    }
}
