using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>Code that receives a micro-batch or a family's configuration knows its type: only Family and TrainingTask, which pass them on, cast them.</summary>
public sealed partial class CastTests
{
    [Fact]
    public void Batches_and_configurations_are_not_cast()
    {
        var files = Repository.Sources("TinySora.Engine", ".cs").ToList();
        Assert.NotEmpty(files);
        var casts = files.SelectMany(path => File.ReadLines(Repository.At(path)).Select((line, i) => (Line: line, At: $"{path}:{i + 1}")))
            .Where(line => Cast().IsMatch(line.Line)).Select(line => line.At);
        Assert.Empty(casts);
    }

    [Theory]
    [InlineData("var clips = ((ClipBatch)batch).Clips;")]
    [InlineData("var latents = batch as LatentBatch;")]
    [InlineData("if (batch is ClipBatch pixels)")]
    [InlineData("foreach (var batch in batches.Cast<ClipBatch>())")]
    [InlineData("var own = (TokenModelConfig)config.Family;")]
    public void Cast_is_detected(string line) => Assert.Matches(Cast(), line);

    [GeneratedRegex(@"\((?!TBatch)\w+Batch\)|\b(?:as|is) \w+Batch\b|Cast<(?!TBatch)\w+Batch>|Config\)\w+\.Family\b")]
    private static partial Regex Cast();
}
