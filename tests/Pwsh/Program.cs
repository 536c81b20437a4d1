// As in PowerShell's own main program.
return Microsoft.PowerShell.UnmanagedPSEntry.Start(args, args.Length);
