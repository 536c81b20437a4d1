namespace TinySora.Host.Execution;

/// <summary>A command of the host itself that needs to see its session.</summary>
internal interface IHostCommand
{
    HostSession Session { set; }
}
