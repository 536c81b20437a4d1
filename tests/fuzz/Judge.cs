using System.Diagnostics;
using TinySora.Engine.Errors;

namespace TinySora.Fuzz;

/// <summary>Reads inputs and says of each what is wrong with how that ended.</summary>
/// <param name="folder">Where an input lies while it is read; a process that dies leaves it there.</param>
/// <param name="longest">A reader that three times in a row takes longer has no excuse in what else the machine does.</param>
internal sealed class Judge(string folder, TimeSpan longest)
{
    private Exception? last;

    /// <summary>Everything that the last exception says which was a problem.</summary>
    public string Details => $"{last}";

    public string PathOf(Format format) => Path.Combine(folder, format.FileName);

    /// <summary>What is wrong; null: the input was read, or refused with an error of the product's own.</summary>
    /// <param name="file">The whole file.</param>
    public string? Problem(Format format, byte[] file)
    {
        var path = PathOf(format);
        for (var attempt = 1; ; attempt++)
        {
            File.WriteAllBytes(path, file);
            var (allocated, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            try
            {
                format.Read(path);
            }
            catch (TinySoraException e)
            {
                if (string.IsNullOrWhiteSpace(e.Message) || string.IsNullOrWhiteSpace(e.Advice))
                {
                    return $"{e.Id} says nothing";
                }
            }
            catch (Exception e)
            {
                last = e;
                return $"{e.GetType().Name} in {Place(e)}";
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (allocated > format.MostBytes)
            {
                return $"{format.Name} allocates more than {format.MostBytes >> 20} MiB";
            }

            if (Stopwatch.GetElapsedTime(clock) < longest)
            {
                return null;
            }

            if (attempt == 3)
            {
                return $"{format.Name} takes more than {longest.TotalSeconds} s";
            }
        }
    }

    /// <summary>The innermost method of the engine.</summary>
    private static string Place(Exception e) => new StackTrace(e).GetFrames().Select(frame => frame.GetMethod())
        .FirstOrDefault(method => method?.DeclaringType?.FullName?.StartsWith("TinySora.Engine", StringComparison.Ordinal) == true) is { } method
        ? $"{method.DeclaringType}.{method.Name}"
        : "the reader";
}
