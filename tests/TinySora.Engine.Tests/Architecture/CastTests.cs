using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>Whoever takes a micro-batch or a family's configuration knows its type: Family and TrainingTask, which hand them over, cast alone.</summary>
public sealed partial class CastTests
{
    [Fact]
    public void Nobody_casts_a_batch_or_a_configuration()
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
    public void A_cast_is_found(string line) => Assert.Matches(Cast(), line);

    [GeneratedRegex(@"\((?!TBatch)\w+Batch\)|\b(?:as|is) \w+Batch\b|Cast<(?!TBatch)\w+Batch>|Config\)\w+\.Family\b")]
    private static partial Regex Cast();
}
