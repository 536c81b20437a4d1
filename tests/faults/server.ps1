# Runs commands from standard input, one per line, in one session, and reports the warnings and errors of each.
while ($null -ne ($line = [Console]::In.ReadLine())) {
    $failed = @()
    $warned = @()
    try {
        & ([scriptblock]::Create($line)) 2>&1 3>&1 6>$null | ForEach-Object {
            if ($_ -is [System.Management.Automation.ErrorRecord]) {
                $failed += $_
            } elseif ($_ -is [System.Management.Automation.WarningRecord]) {
                $warned += "$_"
            }
        }
    } catch {
        $failed += $_
    }
    foreach ($one in $warned) {
        [Console]::Out.WriteLine('warning ' + $one.Replace("`r", '').Replace("`n", '\n'))
    }
    foreach ($one in $failed) {
        $message = if ($one.ErrorDetails) { $one.ErrorDetails.Message } else { $one.Exception.Message }
        $parts = $one.FullyQualifiedErrorId, $one.CategoryInfo.Category, $message, "$($one.TargetObject)", "$($one.Exception)"
        [Console]::Out.WriteLine('error ' + (($parts | ForEach-Object { "$_".Replace("`r", '').Replace("`n", '\n').Replace("`t", ' ') }) -join "`t"))
    }
    [Console]::Out.WriteLine('done')
    [Console]::Out.Flush()
}
