namespace TinySora.Engine.Errors;

/// <summary>Errors in reading Arrow datasets.</summary>
public static class ArrowErrors
{
    public static TinySoraException Unreadable(string path, string reason, Exception? cause = null) => new(
        "TinySora.Data.ArrowUnreadable", ErrorKind.InvalidData, path,
        $"The Arrow file '{path}' cannot be read: {reason}.",
        "Copy or create the file again. It must be an uncompressed Arrow stream, as written by save_to_disk in the Hugging Face datasets library.", cause);

    public static TinySoraException NoDataset(string folder, string reason, Exception? cause = null) => new(
        "TinySora.Data.NoArrowDataset", ErrorKind.InvalidData, folder,
        $"'{folder}' is not a Hugging Face dataset written by save_to_disk: {reason}.",
        "Specify a folder that contains state.json and .arrow files, or a single .arrow file. If the dataset has splits, specify the folder of one split.",
        cause);

    public static TinySoraException OtherColumns(string path, string first) => new(
        "TinySora.Data.OtherArrowColumns", ErrorKind.InvalidData, path,
        $"'{path}' and '{first}' have different columns.",
        "Specify only files that have the same columns.");

    public static TinySoraException ColumnMissing(string path, string column, IEnumerable<string> names) => new(
        "TinySora.Data.ArrowColumnMissing", ErrorKind.ObjectNotFound, column,
        $"'{path}' has no column '{column}'; its columns are {string.Join(", ", names)}.",
        "Create the dataset again with that column, or use another dataset.");

    public static TinySoraException ValueUnusable(string path, string column, long row, string reason) => new(
        "TinySora.Data.ArrowValueUnusable", ErrorKind.InvalidData, path,
        $"'{path}': the value of column '{column}' in row {row} (counted from 0) cannot be used: {reason}.",
        "Remove the row from the dataset, or create the dataset again.");
}
