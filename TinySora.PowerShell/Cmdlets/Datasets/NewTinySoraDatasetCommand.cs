using System.Management.Automation;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Creates a dataset of captioned clips, which are drawn, cut from videos, or unpacked from an archive.</summary>
[Cmdlet(VerbsCommon.New, "TinySoraDataset", SupportsShouldProcess = true, DefaultParameterSetName = "Kind",
    HelpUri = HelpPages.Root + "New-TinySoraDataset.md")]
[OutputType(typeof(TinySoraDataset))]
public sealed partial class NewTinySoraDatasetCommand : EngineCmdlet
{
    private readonly List<string> sources = [];

    private protected override bool WritesFiles => true;

    protected override void ProcessRecord() => sources.AddRange(Named(Source, LiteralSource, Sources));

    protected override void EndProcessing()
    {
        var folder = Require(() => Absolute(Path));
        if (sources.Count == 0 && (ParameterSetName != "Kind" || MyInvocation.ExpectingInput))
        {
            return; // nothing was piped, or PowerShell has reported an error for each object
        }

        if (ParameterSetName == "Kind" && Kind is null)
        {
            Require(() => DatasetWriter.RequireNoOwnClips(folder, Stopped));
        }

        switch (Require(FindKind))
        {
            case SyntheticKind kind:
                var drawing = Require(() => Options(kind));
                Make(folder, $"Draw {Plural.Count(drawing.Count, "clip")} of kind {kind.Name}", _ => folder,
                    (report, progress, cancellation) => DatasetWriter.Draw(folder, kind, drawing, progress, report.Warning, report.Failed, cancellation));
                break;
            case ImportedKind kind:
                var import = Require(() => Options(kind));
                Make(folder, $"Create clips from {Plural.Count(sources.Count, "source")}", _ => folder,
                    (report, progress, cancellation) => DatasetWriter.Import(sources, folder, kind, import, report, progress, cancellation));
                break;
            case DatasetArchive:
                Make(folder, $"Unpack {Plural.Count(sources.Count, "archive")}", clips => DatasetArchive.FolderOf(folder, clips),
                    (report, progress, cancellation) => DatasetArchive.Unpack(sources, folder, Force, progress, report, cancellation));
                break;
        }
    }

    /// <exception cref="TinySoraException">The kind is unknown, its source is missing or not allowed, or a parameter belongs to other kinds.</exception>
    private DatasetKind FindKind()
    {
        var drawn = ParameterSetName == "Kind";
        if (drawn && Kind is null && DatasetKinds.Videos.Parameters.Except(DatasetKinds.Shapes.Parameters).FirstOrDefault(IsGiven) is string parameter)
        {
            throw DataErrors.ParameterNeedsSource(parameter);
        }

        var kind = Kind is not null ? DatasetKinds.Find(Kind) : drawn ? DatasetKinds.Shapes : DatasetKinds.Videos;
        if (drawn ? kind is not SyntheticKind : kind is SyntheticKind { TakesSource: false })
        {
            throw drawn ? DataErrors.KindNeedsSource(kind.Name) : DataErrors.KindIsDrawn(kind.Name);
        }

        var foreign = DatasetKinds.All.SelectMany(k => k.Parameters).Except(kind.Parameters).FirstOrDefault(IsGiven);
        return foreign is null ? kind : throw DataErrors.ForeignParameter(
            kind.Name, foreign, DatasetKinds.All.Where(k => k.Parameters.Contains(foreign)).Select(k => k.Name));
    }

    /// <param name="datasetOf">Function that returns the dataset's folder, given the paths of all clips.</param>
    private void Make(
        string folder, string action, Func<IReadOnlyList<string>, string> datasetOf,
        Func<ImportReport, IProgress<ItemProgress>?, CancellationToken, IEnumerable<DatasetClip>> make)
    {
        // Check this before prompting, even with -WhatIf; an archive is checked only when it is unpacked.
        var isChecked = !DatasetWriter.HasArchive(sources);
        if (isChecked)
        {
            Require(() => make(new ImportReport(_ => { }, _ => { }) { Failed = e => WriteError(ErrorRecords.From(e)) }, null, Stopped));
        }

        if (!ShouldProcess(folder, action))
        {
            return;
        }

        RunWork(failureEndsPipeline: true, (writer, cancellation) =>
        {
            var tally = new DatasetTally(writer);
            var report = isChecked ? tally.Report with { Failed = _ => { } } : tally.Report;
            NewFolder.RemoveOnFailure(folder, () =>
            {
                foreach (var clip in make(report, new DataProgressBar(writer, "Writing clips"), cancellation))
                {
                    tally.Add(clip);
                }
            });
            writer.Output(tally.Dataset(datasetOf, cancellation));
        });
    }
}
