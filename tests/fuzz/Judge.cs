using System.Diagnostics;
using TinySora.Engine.Errors;

namespace TinySora.Fuzz;

/// <summary>Reads inputs and reports problems with the outcome.</summary>
/// <param name="folder">Folder of the current input, which remains if the process dies.</param>
/// <param name="longest">Time limit. Exceeding it three times in a row is a problem, whatever else the machine does.</param>
internal sealed class Judge(string folder, TimeSpan longest)
{
    private Exception? last;

    /// <summary>Full text of the last exception that was a problem.</summary>
    public string Details => $"{last}";

    public string PathOf(Format format) => Path.Combine(folder, format.FileName);

    /// <summary>Reads an input and returns the problem; <c>null</c> if it was read, or rejected with one of the product's errors.</summary>
    /// <param name="file">Content of the file.</param>
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
                    return $"{e.Id} has no message or advice";
                }
            }
            catch (Exception e)
            {
                last = e;
                return $"{e.GetType().Name} in {Place(e)}";
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (allocated > format.MaxBytes)
            {
                return $"{format.Name} allocates more than {format.MaxBytes >> 20} MiB";
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

    /// <summary>Returns the innermost method of the engine.</summary>
    private static string Place(Exception e) => new StackTrace(e).GetFrames().Select(frame => frame.GetMethod())
        .FirstOrDefault(method => method?.DeclaringType?.FullName?.StartsWith("TinySora.Engine", StringComparison.Ordinal) == true) is { } method
        ? $"{method.DeclaringType}.{method.Name}"
        : "the reader";
}
