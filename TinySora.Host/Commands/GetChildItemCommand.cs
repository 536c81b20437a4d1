namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "ChildItem", DefaultParameterSetName = "Path")]
public sealed class GetChildItemCommand : PathCommand
{
    [Parameter(Position = 1)]
    public string? Filter { get; set; }

    [Parameter]
    public string[] Include { get; set; } = [];

    [Parameter]
    public string[] Exclude { get; set; } = [];

    [Parameter]
    [Alias("s", "r")]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public uint Depth { get; set; } = uint.MaxValue;

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter Name { get; set; }

    [Parameter]
    [Alias("ad")]
    public SwitchParameter Directory { get; set; }

    [Parameter]
    [Alias("af")]
    public SwitchParameter File { get; set; }

    [Parameter]
    [Alias("ah", "h")]
    public SwitchParameter Hidden { get; set; }

    protected override string UsualPath => "";

    protected override void Process(string path, bool isLiteral)
    {
        NameFilter names = new(Filter, Include, Exclude);
        var recurses = Recurse || Depth < uint.MaxValue;
        var start = !isLiteral && WildcardPattern.ContainsWildcardCharacters(path) ? SessionState.Path.ParseParent(path, "") : path;
        foreach (var item in InvokeProvider.ChildItem.Get([path], recurses, Depth, Force || Hidden, isLiteral))
        {
            var isContainer = item.Properties["PSIsContainer"]?.Value is true;
            if (names.Takes(item.Properties["PSChildName"]?.Value as string ?? "") && !(Directory && !isContainer) && !(File && isContainer)
                && !(Hidden && item.BaseObject is FileSystemInfo { Attributes: var a } && !a.HasFlag(FileAttributes.Hidden)))
            {
                WriteObject(!Name ? item : recurses && item.BaseObject is FileSystemInfo file
                    ? System.IO.Path.GetRelativePath(SessionState.Path.GetUnresolvedProviderPathFromPSPath(start.Length == 0 ? "." : start), file.FullName)
                    : item.Properties["PSChildName"].Value);
            }
        }
    }
}
