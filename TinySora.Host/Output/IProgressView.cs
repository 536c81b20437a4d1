using System.Management.Automation;

namespace TinySora.Host.Output;

/// <summary>Shows how far long activities are.</summary>
internal interface IProgressView
{
    void Show(long source, ProgressRecord record);

    /// <summary>Takes the activities off the screen so that a line can be written; the next report brings them back.</summary>
    void Hide();
}
