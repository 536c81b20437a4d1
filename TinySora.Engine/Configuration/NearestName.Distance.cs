namespace TinySora.Engine.Configuration;

// The tinysora program also compiles this file, to suggest names of commands and parameters.
public static partial class NearestName
{
    /// <summary>Returns the number of insertions, deletions, substitutions and adjacent swaps between two words (Damerau).</summary>
    public static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                var substituted = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(substituted, 1 + Math.Min(d[i - 1, j], d[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], 1 + d[i - 2, j - 2]);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
