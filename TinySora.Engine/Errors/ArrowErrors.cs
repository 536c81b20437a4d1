namespace TinySora.Engine.Errors;

/// <summary>Failures of datasets in Arrow's format.</summary>
public static class ArrowErrors
{
    public static TinySoraException Unreadable(string path, string reason, Exception? cause = null) => new(
        "TinySora.Data.ArrowUnreadable", ErrorKind.InvalidData, path,
        $"The Arrow file '{path}' cannot be read: {reason}.",
        "Copy or make it anew: expected an uncompressed Arrow stream, as save_to_disk of Hugging Face's datasets writes it.", cause);

    public static TinySoraException NoDataset(string folder, string reason, Exception? cause = null) => new(
        "TinySora.Data.NoArrowDataset", ErrorKind.InvalidData, folder,
        $"'{folder}' is no dataset that save_to_disk wrote: {reason}.",
        "Name a folder with state.json and its .arrow files (of a dataset with splits, the folder of one split), or an .arrow file itself.", cause);

    public static TinySoraException OtherColumns(string path, string first) => new(
        "TinySora.Data.OtherArrowColumns", ErrorKind.InvalidData, path,
        $"'{path}' has other columns than '{first}'.",
        "Read together only parts that were made in the same way.");

    public static TinySoraException ColumnMissing(string path, string column, IEnumerable<string> names) => new(
        "TinySora.Data.ArrowColumnMissing", ErrorKind.ObjectNotFound, column,
        $"'{path}' has no column '{column}'; its columns are {string.Join(", ", names)}.",
        "Make the dataset anew, or use one with that column.");

    public static TinySoraException ValueUnusable(string path, string column, long row, string reason) => new(
        "TinySora.Data.ArrowValueUnusable", ErrorKind.InvalidData, path,
        $"'{path}': column '{column}' of row {row} (from 0) cannot be used: {reason}.",
        "Leave the row out, or make the dataset anew.");
}
