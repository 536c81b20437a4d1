using System.ComponentModel;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Generation;
using TinySora.Engine.Studio;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Serves the studio's page until cancellation.</summary>
/// <param name="isDefault">Whether the checkpoint is the default one.</param>
/// <param name="device">auto, cpu, cuda or cuda:N.</param>
/// <param name="opens">Whether to open the browser.</param>
internal sealed class StudioWork(string checkpoint, bool isDefault, string device, bool opens, StudioOptions options)
{
    private const string Activity = "Studio";

    /// <summary>Address of the page; <c>null</c> until the page is available.</summary>
    public Uri? Uri { get; private set; }

    /// <summary>Checks before loading that the checkpoint generates videos and the port is free.</summary>
    public StudioWork Checked()
    {
        VideoGenerator.Check(checkpoint);
        StudioSession.CheckPort(options.Port);
        return this;
    }

    /// <summary>Opens the model, writes the address, and serves the page until cancellation.</summary>
    public void Run(PipelineWriter writer, CancellationToken cancellation)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation, EngineThread.Stopping);
        using var generator = writer.Open(
            Activity, isDefault ? () => BundledModels.For(options.Prompt) : null, () => VideoGenerator.Open(checkpoint, device));
        using var session = new StudioSession(generator, options);
        session.WarmUp(ends.Token);
        Uri = session.Address;
        writer.Done();
        writer.Information("The studio is open until you press Ctrl+C. Keep its address secret: it contains the token that grants access on this machine.");
        if (opens)
        {
            OpenBrowser(session);
        }

        var serving = Task.Run(() => session.Run(ends.Token), CancellationToken.None);
        try
        {
            writer.Output(new TinySoraStudio(session.Address, options.Checkpoint, generator.Checkpoint.Step, options.OutputPath));
        }
        catch
        {
            ends.Cancel();
            serving.GetAwaiter().GetResult();
            throw;
        }

        serving.GetAwaiter().GetResult();
    }

    private static void OpenBrowser(StudioSession session)
    {
        try
        {
            // Do not pass the address, because other users can see the arguments of a program, and so would see the token.
            SystemViewer.Open(session.WriteOpeningPage());
        }
        catch (Win32Exception e)
        {
            throw InputErrors.NoBrowser(session.Address.AbsoluteUri, e);
        }
    }
}
