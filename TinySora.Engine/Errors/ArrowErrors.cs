namespace TinySora.Engine.Errors;

/// <summary>Errors in Arrow datasets.</summary>
public static class ArrowErrors
{
    public static TinySoraException Unreadable(string path, string reason, Exception? cause = null) => new(
        "TinySora.Data.ArrowUnreadable", ErrorKind.InvalidData, path,
        $"The Arrow file '{path}' cannot be read: {reason}.",
        "Copy or create it again; it must be an uncompressed Arrow stream, as written by save_to_disk in the Hugging Face datasets library.", cause);

    public static TinySoraException NoDataset(string folder, string reason, Exception? cause = null) => new(
        "TinySora.Data.NoArrowDataset", ErrorKind.InvalidData, folder,
        $"'{folder}' is not a dataset written by save_to_disk: {reason}.",
        "Specify a folder with state.json and its .arrow files (for a dataset with splits, the folder of one split), or a single .arrow file.", cause);

    public static TinySoraException OtherColumns(string path, string first) => new(
        "TinySora.Data.OtherArrowColumns", ErrorKind.InvalidData, path,
        $"'{path}' and '{first}' have different columns.",
        "Read only files with the same columns together.");

    public static TinySoraException ColumnMissing(string path, string column, IEnumerable<string> names) => new(
        "TinySora.Data.ArrowColumnMissing", ErrorKind.ObjectNotFound, column,
        $"'{path}' has no column '{column}'; its columns are {string.Join(", ", names)}.",
        "Create the dataset again with that column, or use another dataset.");

    public static TinySoraException ValueUnusable(string path, string column, long row, string reason) => new(
        "TinySora.Data.ArrowValueUnusable", ErrorKind.InvalidData, path,
        $"'{path}': column '{column}' of row {row} (counted from 0) cannot be used: {reason}.",
        "Remove the row, or create the dataset again.");
}
