using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Writing;

/// <summary>Rejects values that are out of range, with an error that names the cmdlet's parameter.</summary>
internal static class ParameterRange
{
    /// <exception cref="TinySoraException">TinySora.Data.OutOfRange.</exception>
    public static void Require(bool holds, string parameter, object value, string expected)
    {
        if (!holds)
        {
            throw DataErrors.OutOfRange(parameter, value, expected);
        }
    }
}
