using TinySora.Benchmarks;

// benchmarks                    the table of docs/performance.md: ours and PyTorch in turn
// benchmarks device eager|compiled [filter]   the GPU kit's table: once, on the device that TINYSORA_DEVICE names
// benchmarks pieces [filter]    single operators and layers, by BenchmarkDotNet
// benchmarks work ...           one measurement in this process; what the table starts
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
    default:
        Comparison.Run(rounds: args is [var rounds] ? int.Parse(rounds) : 3);
        break;
}
