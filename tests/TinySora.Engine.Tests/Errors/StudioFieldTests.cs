using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests.Errors;

/// <summary>The field next to which the studio's page shows an error.</summary>
public sealed class StudioFieldTests
{
    [Theory]
    [InlineData("TinySora.Generation.NotTaken", "From", "start")]
    [InlineData("TinySora.Studio.NoSuchStart", "a.gif", "start")]
    [InlineData("TinySora.Generation.VariationNoise", "2", "start")]
    [InlineData("TinySora.Media.Corrupt", "a.gif", "start")]
    [InlineData("TinySora.Generation.NotTaken", "Eta", "settings")]
    [InlineData("TinySora.Generation.BadSetting", "x", "settings")]
    [InlineData("TinySora.Generation.BadGuidance", "x", "settings")]
    [InlineData("TinySora.Model.StepsOutOfRange", "x", "settings")]
    [InlineData("TinySora.Model.UnknownSampler", "x", "settings")]
    [InlineData("TinySora.Model.EtaUnused", "x", "settings")]
    [InlineData("TinySora.Model.EtaOutOfRange", "x", "settings")]
    [InlineData("TinySora.Generation.BadWeight", "(rain:-1)", "without")]
    [InlineData("TinySora.Generation.BadWeight", "(sun:-1)", "prompt")]
    [InlineData("TinySora.Generation.EmptyPrompt", null, "prompt")]
    public void Error_belongs_to_a_field(string id, string? target, string field) =>
        Assert.Equal(field, StudioErrors.FieldOf(new TinySoraException(id, ErrorKind.InvalidArgument, target, "message", "advice"), "(rain:-1)"));
}
