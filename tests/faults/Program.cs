using TinySora.Faults;

// Started by `build.sh torture`, which says where the module and the program are.
var options = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
var chosen = Scenario.All.Where(scenario => !options.TryGetValue("--commands", out var names) || names.Split(',').Contains(scenario.Name));
var faults = Fault.All.Where(fault => !options.TryGetValue("--faults", out var names) || names.Split(',').Contains(fault.Name));
using Workshop workshop = new(new TinySoraProgram(options["--host"], options["--module"]));
var findings = 0;
foreach (var scenario in chosen)
{
    var clock = System.Diagnostics.Stopwatch.StartNew();
    var tally = new Exhaustion(workshop).Try(scenario, faults, int.Parse(options.GetValueOrDefault("--stride", "1")), Console.WriteLine);
    Console.WriteLine($"{tally.Name}: {tally.Tries} tries, {tally.WentOn} went on, {tally.DidWithout} did without, {tally.Refused} refused, {tally.Findings.Count} findings, {clock.Elapsed.TotalSeconds:0} s");
    findings += tally.Findings.Count;
}

return findings == 0 ? 0 : 1;
