// PowerShell's own main program is this line, too.
return Microsoft.PowerShell.UnmanagedPSEntry.Start(args, args.Length);
