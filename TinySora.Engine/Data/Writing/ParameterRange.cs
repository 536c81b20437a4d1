using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Writing;

/// <summary>Refuses numbers out of range under the name that the cmdlet has for them.</summary>
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
