using System.Text;
using CsCheck;

namespace TinySora.Engine.Tests;

/// <summary>Checks properties with CsCheck.</summary>
internal static class PropertyCheck
{
    /// <summary>
    /// Whether CsCheck's environment variables request other examples: <c>CsCheck_Iter=10000</c> draws that number of new ones, <c>CsCheck_Seed</c> repeats the
    /// one with the seed that a failure reports. With both, CsCheck searches for a simpler example that fails.
    /// </summary>
    private static readonly bool DrawsOthers =
        new[] { "CsCheck_Iter", "CsCheck_Time", "CsCheck_Seed" }.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));

    /// <summary>Unicode text without NUL, in which characters with a meaning in YAML, CSV or JSON are frequent.</summary>
    public static Gen<string> Text { get; } = Gen.Frequency<string>(
        (4, Gen.Char[" \t\r\n\"'\\,;:#|>-[]{}&*!%@`~?=\u0001\u007F\u0085\u00A0\u2028\u2029\uFEFF\uFFFD\uFFFF"].Select(c => $"{c}")),
        (4, Gen.Char['0', 'z'].Select(c => $"{c}")),
        (1, Gen.Int[1, 0x10FFFF - 0x800].Select(code => new Rune(code < 0xD800 ? code : code + 0x800).ToString()))).Array[0, 12].Select(string.Concat);

    /// <summary>
    /// Checks a property of a number of examples, which are the same in every run. CsCheck's own parameter seed determines only the first example. The examples
    /// are checked on this thread, because tests share the default random generator and libtorch's threads.
    /// </summary>
    /// <param name="property">Action that throws an exception for an example without the property.</param>
    public static void Check<T>(this Gen<T> examples, int count, Action<T> property)
    {
        if (DrawsOthers)
        {
            examples.Sample(property, threads: 1);
            return;
        }

        for (var i = 0UL; i < (ulong)count; i++)
        {
            examples.Sample(property, seed: new PCG(stream: 1, seed: i * 0x9E3779B97F4A7C15).ToString(), iter: 1, threads: 1);
        }
    }
}
