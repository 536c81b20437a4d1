using System.Management.Automation;

namespace TinySora.Host.Language;

/// <summary>A command line that cannot be read.</summary>
internal sealed class CommandLineException(string errorId, string message) : RuntimeException(
    message, null, new ErrorRecord(new InvalidOperationException(message), errorId, ErrorCategory.ParserError, null));
