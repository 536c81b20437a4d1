using BenchmarkDotNet.Running;
using TinySora.Benchmarks;

// benchmarks                    the table of docs/performance.md: ours and PyTorch in turn
// benchmarks pieces [filter]    single operators and layers, by BenchmarkDotNet
// benchmarks work ...           one measurement in this process; what the table starts
switch (args)
{
    case ["work", ..]:
        Console.WriteLine(Worker.Run(args[1..]));
        break;
    case ["pieces", ..]:
        BenchmarkSwitcher.FromAssembly(typeof(Worker).Assembly).Run(args[1..]);
        break;
    default:
        Comparison.Run(rounds: args is [var rounds] ? int.Parse(rounds) : 3);
        break;
}
