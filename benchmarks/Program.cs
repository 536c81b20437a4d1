using TinySora.Benchmarks;

// benchmarks                    the tables of docs/performance.md: measures TinySora and PyTorch in turn
// benchmarks device eager|compiled [filter]   the table of the GPU report: measures once, on the device in TINYSORA_DEVICE
// benchmarks pieces [filter]    single operators and layers, with BenchmarkDotNet
// benchmarks optimal [model]    smallest possible errors in the shapes world, of pixels or of the latents of a model
// benchmarks work ...           one measurement in this process; started by the table
switch (args)
{
    case ["work", ..]:
        Console.WriteLine(Worker.Run(args[1..]));
        break;
    case ["pieces", ..]:
        Pieces.Run(args[1..]);
        break;
    case ["device", var way, ..]:
        DeviceComparison.Run(isCompiled: way == "compiled", filter: args.Length > 2 ? args[2] : "");
        break;
    case ["optimal", ..]:
        OptimalLoss.Run(args.ElementAtOrDefault(1));
        break;
    default:
        Comparison.Run(rounds: args is [var rounds] ? int.Parse(rounds) : 3);
        break;
}
