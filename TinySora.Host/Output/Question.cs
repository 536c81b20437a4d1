using TinySora.Host.Execution;

namespace TinySora.Host.Output;

/// <summary>Asks on the terminal.</summary>
internal static class Question
{
    public static Answer Ask(string caption, string question, bool offerAll)
    {
        Console.Error.WriteLine(caption);
        Console.Error.WriteLine(question);
        while (true)
        {
            Console.Error.Write(offerAll
                ? "[Y] Yes  [A] Yes to All  [N] No  [L] No to All (default is Y): "
                : "[Y] Yes  [N] No (default is Y): ");
            switch (Console.ReadLine()?.Trim().ToUpperInvariant())
            {
                case "" or "Y" or "YES":
                    return Answer.Yes;
                case "A" when offerAll:
                    return Answer.YesToAll;
                case "N" or "NO":
                    return Answer.No;
                case "L" when offerAll:
                    return Answer.NoToAll;
                case null:
                    return Answer.NoToAll;
            }
        }
    }
}
